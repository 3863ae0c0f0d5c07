/** Files that all platforms share name none of them. Which files may import a wing is checked by `npm run boundaries`. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** Name and text of the files in a folder under `src`, without its subfolders, which are wings. */
const filesOf = (folder: string, ...known: readonly string[]): [string, string][] => {
  const root = new URL(`../src/${folder}/`, import.meta.url);
  const names = readdirSync(root).filter((name) => name.endsWith('.ts'));
  expect(names).toEqual(expect.arrayContaining([...known]));
  return names.map((name) => [`${folder}/${name}`, readFileSync(new URL(name, root), 'utf8')]);
};

/** These assemble the wings; the last one has an example for people. */
const excepted = [
  'platform/wings.ts',
  'simulator/index.ts',
  'activities/wings.ts',
  'activities/rooms.ts',
  'steps/kinds.ts',
  'steps/undoings.ts',
  'steps/written-kinds.ts',
  'steps/spec.ts',
];
const files = [
  ...filesOf('platform', 'call.ts', 'classify.ts', 'transport.ts'),
  ...filesOf('simulator', 'server.ts', 'guard.ts'),
  ...filesOf('activities', 'ensure.ts', 'foresight.ts', 'replays.ts'),
  ...filesOf('steps', 'define.ts', 'gate.ts'),
].filter(([name]) => !excepted.includes(name));

describe('a file that all platforms share', () => {
  it.each(files)('names no platform: %s', (_, text) => {
    expect(text).not.toMatch(/domino|ubiops|\bv6\b|\/v4\b/i);
  });
});
