/** Seeds that have failed are kept in a file, and are played first from then on. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Judged } from './figures.js';

const FailedSeed = z.strictObject({
  scenario: z.string(),
  seed: z.number().int(),
  runs: z.number().int().positive(),
  /** The rules that were violated when it failed first. */
  found: z.array(z.string()),
});

/** A trial that has failed. */
export type FailedSeed = z.output<typeof FailedSeed>;

/**
 * The seeds of a file; none where there is no file.
 * @throws Error that names a file which holds something else
 */
export async function readSeeds(file: string): Promise<FailedSeed[]> {
  try {
    return z.array(FailedSeed).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return [];
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${file} cannot be read as a list of failed seeds: ${why}`, { cause: error });
  }
}

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';

/** Adds the trials that have failed to a file; one that stands there already stays as it is. */
export async function addSeeds(file: string, judged: readonly Judged[]): Promise<void> {
  const known = await readSeeds(file);
  const added = judged
    .filter(({ violations }) => violations.length > 0)
    .map(({ scenario, seed, runs, violations }) => ({
      ...{ scenario, seed, runs },
      found: [...new Set(violations.map(({ rule }) => rule))],
    }))
    .filter((one) => !known.some((other) => isSame(one, other)));
  if (added.length === 0) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify([...known, ...added], null, 2)}\n`);
}

const isSame = (one: FailedSeed, other: FailedSeed): boolean =>
  one.scenario === other.scenario && one.seed === other.seed && one.runs === other.runs;
