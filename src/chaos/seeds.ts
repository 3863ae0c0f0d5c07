/** Seeds that have failed are kept in a file, and are played first from then on. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';

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

/** Adds seeds to a file; one that stands there already stays as it is. */
export async function addSeeds(file: string, failed: readonly FailedSeed[]): Promise<void> {
  const known = await readSeeds(file);
  const isNew = (one: FailedSeed): boolean =>
    !known.some(
      (other) => other.scenario === one.scenario && other.seed === one.seed && other.runs === one.runs,
    );
  const added = failed.filter(isNew);
  if (added.length > 0) await writeFile(file, `${JSON.stringify([...known, ...added], null, 2)}\n`);
}
