/** What comes with `longhaul/client`: nothing of Temporal, nothing at all at run time. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const dist = new URL('../../dist/', import.meta.url).pathname;

/** Everything that can be reached by imports from a file of dist, and the packages among it. */
function reached(
  file: string,
  ending: '.js' | '.d.ts',
  files = new Set<string>(),
  packages = new Set<string>(),
) {
  const from = file.replace(/\.js$/, ending);
  if (files.has(from)) return { files, packages };
  files.add(from);
  const text = readFileSync(join(dist, from), 'utf8').replace(/\/\*.*?\*\//gs, '');
  const names = text.matchAll(/\b(?:from\s*|import\s*\(?\s*|require\s*\(\s*)['"]([^'"]+)['"]/g);
  for (const [, name = ''] of names)
    if (name.startsWith('.')) reached(join(dirname(from), name), ending, files, packages);
    else packages.add(name);
  return { files, packages };
}

describe('longhaul/client', () => {
  it('imports no package and no module of Node when it runs', () => {
    const { files, packages } = reached('http-client.js', '.js');
    expect([...packages]).toEqual([]);
    expect([...files].filter((file) => !file.startsWith('http-client'))).toEqual([]);
    expect(files).toContain('http-client/sender.js');
  });

  it('takes types of zod alone, those of the inputs', () => {
    const { files, packages } = reached('http-client.js', '.d.ts');
    expect([...packages]).toEqual(['zod']);
    expect([...files].filter((file) => !file.startsWith('http-client')).sort()).toEqual([
      'run/documents/documents.d.ts',
      'run/failures/errors.d.ts',
      'run/failures/failure-kind.d.ts',
      'run/failures/failure-kinds.d.ts',
      'run/ids.d.ts',
      'run/inputs/inputs.d.ts',
      'run/inputs/preflight.d.ts',
      'run/json.d.ts',
      'run/legs.d.ts',
      'run/replays/replays.d.ts',
      'run/retraining/retraining.d.ts',
      'run/run-status.d.ts',
      'run/schedules/overlaps.d.ts',
      'run/step.d.ts',
      'run/steps.d.ts',
      'run/undoing/cleanup.d.ts',
      'run/undoing/effect.d.ts',
      'run/unserved.d.ts',
    ]);
  });

  it('is what the package exports by that name', () => {
    const { exports } = JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8')) as {
      exports: unknown;
    };
    expect(exports).toMatchObject({
      './client': { types: './dist/http-client.d.ts', default: './dist/http-client.js' },
    });
  });
});
