import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { grantOf, longestToken, tokenOf } from '../../src/webhooks/approval-token.js';

const secret = 'a secret of at least thirty-two bytes';
const nowMs = Date.parse('2026-11-21T10:00:00.000Z');
const grant = {
  runId: 'retrain.nightly-2026-11-21',
  attemptId: '01a1fd80-7e9b-73e7-a1ba-a621c547780d',
  receiver: 'release-bot',
  until: '2026-11-24T10:00:00.000Z',
};
const token = tokenOf(grant, secret);

/** With one byte of what it says changed. */
function changed(at: number): string {
  const bytes = Buffer.from(token, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes.toString('base64url');
}

describe('the token of an approval', () => {
  it('says who may decide, on which attempt of which run, and until when', () => {
    expect(grantOf(token, secret, nowMs)).toEqual(grant);
    expect(token).toMatch(/^[\w-]{100,160}$/);
  });

  it('is never longer than a part of a path may be', () => {
    const longest = { ...grant, runId: `${'p'.repeat(63)}.${'k'.repeat(128)}`, receiver: 'r'.repeat(63) };
    expect(tokenOf(longest, secret).length).toBeLessThan(longestToken);
    expect(grantOf(tokenOf(longest, secret), secret, nowMs)).toEqual(longest);
  });

  it('counts until its time is over, and not at that moment', () => {
    const untilMs = Date.parse(grant.until);
    expect(grantOf(token, secret, untilMs - 1)).toEqual(grant);
    expect(grantOf(token, secret, untilMs)).toBeNull();
  });

  it('is nothing with another secret', () => {
    expect(grantOf(token, `${secret} `, nowMs)).toBeNull();
    expect(grantOf(tokenOf(grant, 'another secret of thirty-two bytes'), secret, nowMs)).toBeNull();
  });

  it('is nothing when any bit of it was changed: attempt, time, receiver, run or code', () => {
    const { length } = Buffer.from(token, 'base64url');
    for (let at = 0; at < length; at += 1)
      expect([at, grantOf(changed(at), secret, nowMs)]).toEqual([at, null]);
  });

  it('of another attempt does not serve for this one', () => {
    const other = { ...grant, attemptId: '01a1fd80-7e9b-73e7-a1ba-a621c547780e' };
    expect(tokenOf(other, secret)).not.toBe(token);
    expect(grantOf(tokenOf(other, secret), secret, nowMs)).toEqual(other);
  });

  it('does not let a receiver and a run be read in another division', () => {
    const moved = { ...grant, receiver: 'release', runId: `-bot${grant.runId}` };
    const bytes = Buffer.from(token, 'base64url');
    bytes.writeUInt8(moved.receiver.length, 22);
    expect(grantOf(bytes.toString('base64url'), secret, nowMs)).toBeNull();
  });

  it('is nothing when it was cut short, made longer or spelled in another way', () => {
    for (let length = 0; length < token.length; length += 1)
      expect(grantOf(token.slice(0, length), secret, nowMs)).toBeNull();
    for (const odd of [`${token}A`, `${token}=`, `${token}.`, ` ${token}`, `${token}\n`])
      expect(grantOf(odd, secret, nowMs)).toBeNull();
  });

  it('is nothing when it is anything else', () => {
    fc.assert(fc.property(fc.string({ maxLength: 600 }), (text) => grantOf(text, secret, nowMs) === null));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (bytes) => grantOf(Buffer.from(bytes).toString('base64url'), secret, nowMs) === null,
      ),
    );
  });
});
