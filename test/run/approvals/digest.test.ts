import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { sha256Of, utf8Of } from '../../../src/run/approvals/digest.js';

it.each(['', 'class Deployment: pass\n', '100 % größer', '模型 \u{1f600}', 'half \ud83d a pair', '%41'])(
  'is the digest of the bytes that are sent: %j',
  (text) => {
    expect(Buffer.from(utf8Of(text))).toEqual(Buffer.from(text, 'utf8'));
    expect(sha256Of(utf8Of(text))).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
  },
);
