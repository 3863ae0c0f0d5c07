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

const files = [
  ...filesOf('platform', 'call.ts', 'classify.ts', 'transport.ts'),
  // `index.ts` assembles the simulator.
  ...filesOf('simulator', 'server.ts', 'guard.ts').filter(([name]) => name !== 'simulator/index.ts'),
];

describe('a file that all platforms share', () => {
  it.each(files)('names no platform: %s', (_, text) => {
    expect(text).not.toMatch(/domino|ubiops|\bv6\b|\/v4\b/i);
  });
});
