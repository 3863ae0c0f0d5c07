import { describe, expect, it } from '@jest/globals';
import { checkHost, isPublic } from '../../src/webhooks/addresses.js';
import { sendPayload } from '../../src/webhooks/send.js';

const inside: [string, string][] = [
  ['127.0.0.1', 'this machine'],
  ['0.0.0.0', 'this machine, unspecified'],
  ['10.1.2.3', 'a private network'],
  ['172.16.0.1', 'a private network'],
  ['192.168.1.1', 'a private network'],
  ['169.254.169.254', 'the metadata of a cloud'],
  ['100.100.100.200', 'the metadata of another cloud'],
  ['168.63.129.16', 'a cloud’s host agent'],
  ['192.0.2.1', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'this machine'],
  ['::127.0.0.1', 'this machine, IPv4-compatible'],
  ['::ffff:127.0.0.1', 'this machine, mapped'],
  ['::ffff:a9fe:a9fe', 'the metadata, mapped'],
  ['64:ff9b::7f00:1', 'this machine, translated'],
  ['2002:7f00:1::', 'this machine, by 6to4'],
  ['fe80::1', 'the link'],
  ['fc00::1', 'a private network'],
  ['fd00:ec2::254', 'the metadata of a cloud'],
  ['fec0::1', 'a site'],
  ['ff02::1', 'multicast'],
  ['not an address', 'nothing'],
];

const send = (url: string) =>
  sendPayload(
    { url, internal: false, secret: `whsec_${Buffer.alloc(32).toString('base64')}` },
    { id: 'x', contentType: 'application/json', body: '{}' },
    new AbortController().signal,
  );

describe('an address', () => {
  it.each(inside)('%s is not public: %s', (address) => {
    expect(isPublic(address)).toBe(false);
  });

  it.each([['93.184.215.14'], ['8.8.8.8'], ['2606:4700:4700::1111'], ['::ffff:8.8.8.8']])(
    '%s is public',
    (address) => {
      expect(isPublic(address)).toBe(true);
    },
  );

  it.each([
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://017700000001/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::]/',
    'https://①②⑦.0.0.1/',
  ])('is seen through its spelling: %s', async (url) => {
    expect(() => checkHost(new URL(url).hostname)).toThrow('is not a public address');
    const sent = await send(url);
    expect(sent).toMatchObject({ taken: false, line: expect.stringContaining('is not a public address') });
  });

  it('is not needed: a name is checked when it is looked up', () => {
    expect(() => checkHost('localhost')).not.toThrow();
  });
});

describe('a name', () => {
  it('that leads to this machine is refused before anything is sent', async () => {
    const url = 'https://localhost:1/?secret=1';
    const outcome = await send(url);
    expect(outcome).toMatchObject({ taken: false, line: expect.stringContaining('is not a public address') });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });
});
