import { describe, expect, it } from '@jest/globals';
import { LonghaulError } from '../../src/run/failures/errors.js';
import { type NamedSecret, createSigners, readSigner, secretFault } from '../../src/webhooks/secrets.js';

const good = `whsec_${Buffer.from('a shared secret of 32 bytes, yes').toString('base64')}`;
const named = (name: string, read: () => string): NamedSecret => ({ name, read });

describe('a shared secret', () => {
  it.each(['whsec_$$$', 'whsec_', 'not base64 at all', 'whsec_abc'])('is malformed: %s', (secret) => {
    expect(secretFault(secret, 'standard')).toBe('is malformed: it must be `whsec_` and base64');
    expect(secretFault(secret, 'github')).toBeNull();
  });

  it('is named when it is malformed or missing, and never shown', () => {
    expect(() =>
      readSigner(
        named('webhooks.incoming.ci.secrets[1]', () => 'hunter2!'),
        'standard',
      ),
    ).toThrow(
      new LonghaulError(
        'CONFIG_INVALID',
        'webhooks.incoming.ci.secrets[1] is malformed: it must be `whsec_` and base64',
      ),
    );
    const read = (): string => {
      throw new LonghaulError('CREDENTIALS_MISSING', '/run/secrets/ci cannot be read');
    };
    expect(() => readSigner(named('webhooks.incoming.ci.secrets[0]', read), 'standard')).toThrow(
      'webhooks.incoming.ci.secrets[0]: /run/secrets/ci cannot be read',
    );
  });
});

describe('secrets of a sender that turn bad while a server runs', () => {
  it('leave the good one in use, and are reported once until they are good again', () => {
    let second = good;
    const reports: string[] = [];
    const signers = createSigners([named('first', () => good), named('second', () => second)], {
      scheme: 'standard',
      report: ({ message }) => reports.push(message),
    });
    expect(signers.usable()).toEqual([good, good]);
    second = 'malformed!';
    expect([signers.usable(), signers.usable()]).toEqual([[good], [good]]);
    expect(reports).toEqual(['second is malformed: it must be `whsec_` and base64']);
    second = good;
    expect(signers.usable()).toEqual([good, good]);
    second = 'malformed again!';
    signers.usable();
    expect(reports).toHaveLength(2);
  });

  it('are an error with a name when none is left', () => {
    const signers = createSigners([named('only', () => '!')], {
      scheme: 'standard',
      report: () => undefined,
    });
    expect(() => signers.usable()).toThrow('only is malformed');
  });
});
