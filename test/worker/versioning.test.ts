/** The version of workflow code: its code alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildIdOf } from '../../src/worker/versioning.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function bundle(name: string, code: string, map: string): string {
  const file = join(folder, name);
  writeFileSync(file, `${code}\n//# sourceMappingURL=data:application/json;base64,${map}\n`);
  return file;
}

describe('buildIdOf', () => {
  it('is the same for the same code that was built in two folders, and another for other code', async () => {
    const [here, there, other] = await Promise.all([
      buildIdOf(bundle('here.js', 'run();', 'aGVyZQ==')),
      buildIdOf(bundle('there.js', 'run();', 'dGhlcmU=')),
      buildIdOf(bundle('other.js', 'stop();', 'aGVyZQ==')),
    ]);
    expect(here).toMatch(/^[0-9a-f]{12}$/);
    expect(there).toBe(here);
    expect(other).not.toBe(here);
  });
});
