/** Outside the wings nothing names a platform. Which files may import a wing is checked by `npm run boundaries`. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../src/', import.meta.url);
const platforms = ['domino', 'ubiops'];
const isWing = (name: string): boolean => name.split('/').some((part) => platforms.includes(part));

/** Here the wings come together, or a pipeline is made of the kinds of one. */
const assembling = [
  'activities/rooms.ts',
  'activities/wings.ts',
  'config/connection-settings.ts',
  'contract/contracts.ts',
  'documents/pipeline/kinds.ts',
  'pipelines/build-environment.ts',
  'pipelines/retrain.ts',
  'pipelines/train-and-deploy.ts',
  'pipelines/training.ts',
  'platform/wings.ts',
  'simulator/index.ts',
  'steps/kinds.ts',
  'steps/undoings.ts',
  'steps/written-kinds.ts',
];

/** Examples and advice for people. */
const advising = [
  'documents/pipeline/public.ts',
  'run/documents/documents.ts',
  'run/inputs/build-environment-input.ts',
  'run/inputs/input-fields.ts',
  'run/inputs/inputs.ts',
  'run/failures/step-failures.ts',
  'server/campaigns/schemas.ts',
  'server/openapi.ts',
  'server/runs/failure-schemas.ts',
  'steps/spec.ts',
];

/** The first judges runs by what is on a simulated platform, the second starts one and shows examples. */
const isStaging = (name: string): boolean => /^(chaos|cli)\//.test(name);

const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const excepted = [...assembling, ...advising];
const neutral = names.filter((name) => !isWing(name) && !isStaging(name) && !excepted.includes(name));
const textOf = (name: string): string => readFileSync(new URL(name, root), 'utf8');

describe('a file outside the wings', () => {
  it.each(neutral)('names no platform: %s', (name) => {
    expect(textOf(name)).not.toMatch(/domino|ubiops|\bv6\b|\/v4\b/i);
  });

  it('is excepted by name alone', () => {
    expect(excepted.filter((name) => !names.includes(name) || !/domino/i.test(textOf(name)))).toEqual([]);
  });
});
