import { afterEach, expect, it } from '@jest/globals';
import { type Receiver, sendPayload } from '../../src/webhooks/send.js';
import { type ConnectProxy, createConnectProxy } from '../support/connect-proxy.js';
import { createEventReceiver } from '../support/receiver.js';

const secret = `whsec_${Buffer.from('a shared secret of 32 bytes, yes').toString('base64')}`;
const payload = { id: 'event', contentType: 'application/json', body: '{"type":"run.failed","data":{}}' };
const send = (receiver: Omit<Receiver, 'secret'> & { secret?: string }) =>
  sendPayload({ secret, ...receiver }, payload, new AbortController().signal);
let proxy: ConnectProxy | undefined;
afterEach(() => proxy?.close());

it('sends an event through the proxy that is named, which looks the name up', async () => {
  proxy = await createConnectProxy();
  const receiver = await createEventReceiver(secret);
  const url = receiver.url.replace('127.0.0.1', 'receiver.test');
  expect(await send({ url, internal: true, proxy: proxy.url })).toEqual({ status: 200, taken: true });
  expect(proxy.asked.map(({ what }) => what)).toEqual([`CONNECT ${new URL(url).host}`]);
  expect(receiver.events).toHaveLength(1);
  receiver.close();
});

it('asks no proxy for an address that is not public', async () => {
  proxy = await createConnectProxy();
  expect(await send({ url: 'https://10.0.0.1/hook', internal: false, proxy: proxy.url })).toMatchObject({
    taken: false,
    line: '10.0.0.1 is not a public address; say `internal: true` if the target is meant to be there',
  });
  proxy.next = 403;
  expect(await send({ url: 'https://receiver.test/hook', internal: false, proxy: proxy.url })).toEqual({
    status: null,
    taken: false,
    line: 'the proxy answered 403',
  });
  expect(proxy.asked.map(({ what }) => what)).toEqual(['CONNECT receiver.test:443']);
});

it('says in a line that its secret is malformed', async () => {
  expect(await send({ url: 'http://127.0.0.1:1', internal: true, secret: 'hunter2!' })).toEqual({
    status: null,
    taken: false,
    line: 'its secret is malformed: it must be `whsec_` and base64',
  });
});
