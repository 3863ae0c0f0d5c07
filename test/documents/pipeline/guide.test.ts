/** docs/pipelines.md: every document in it, and every part of one, can be run. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { documentIn } from '../../support/documents.js';

const guide = readFileSync(new URL('../../../docs/pipelines.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = '']) => text);
const documents = blocks.filter((text) => /^steps:/m.test(text));

/** With what a part of a document lacks. */
const whole = (text: string): string =>
  /^longhaul:/m.test(text) ? text : `longhaul: pipeline/v1\npipeline: guide\nconnection: domino-dev\n${text}`;

it('shows documents', () => expect(documents.length).toBeGreaterThan(5));

it.each(documents)('document %# of the guide has no fault', (text) => {
  expect(documentIn(whole(text)).pipeline).toMatch(/./);
});
