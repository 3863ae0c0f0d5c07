/** Seeds that have failed are kept in a file, and are played first from then on. */
import { readFile, writeFile } from 'node:fs/promises';
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

/** The seeds of a file; none where there is no file. */
export async function readSeeds(file: string): Promise<FailedSeed[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  return z.array(FailedSeed).parse(JSON.parse(text));
}

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
  if (added.length > 0) await writeFile(file, `${JSON.stringify([...known, ...added], null, 2)}\n`);
}

const isSame = (one: FailedSeed, other: FailedSeed): boolean =>
  one.scenario === other.scenario && one.seed === other.seed && one.runs === other.runs;
