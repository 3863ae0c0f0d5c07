/** What the package gives programs that call a platform themselves, as it is built. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const dist = new URL('../../dist/', import.meta.url).pathname;

/** The packages that can be reached by imports from a file of dist. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readFileSync(join(dist, file), 'utf8').replace(/\/\*.*?\*\//gs, '');
  const names = [...text.matchAll(/\b(?:from\s*|import\s*\(?\s*)['"]([^'"]+)['"]/g)].map(
    ([, name = '']) => name,
  );
  return names.flatMap((name) =>
    name.startsWith('.')
      ? packagesOf(join(dirname(file), name), seen)
      : name.startsWith('node:')
        ? []
        : [name],
  );
}

describe.each([
  ['./domino', 'platform/domino/public'],
  ['./ubiops', 'platform/ubiops/public'],
])('longhaul %s', (name, file) => {
  it('is exported, and brings nothing of Temporal', () => {
    const { exports } = JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8')) as {
      exports: object;
    };
    expect(exports).toMatchObject({ [name]: { types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` } });
    expect([...new Set(packagesOf(`${file}.js`))].sort()).toEqual([
      'agent-base',
      'got',
      'https-proxy-agent',
      'zod',
    ]);
  });
});
