/**
 * Two minutes of chaos on a Temporal of its own: late commits and lost answers. The seeds that have failed before are
 * played first. `npm run chaos` plays as much as is asked; docs/reliability.md says what it judges.
 */
import { describe, expect, it } from '@jest/globals';
import { readSeeds, runChaos } from '../../src/chaos/index.js';
import { environment } from '../../src/config.js';
import { findTemporalCli } from '../../src/dev/temporal-cli.js';

const mainFile = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const seedsFile = new URL('../chaos/seeds.json', import.meta.url).pathname;

describe('under chaos', () => {
  it('runs leave nothing behind, make nothing twice, and end as they would have ended undisturbed', async () => {
    const said: string[] = [];
    const judged = await runChaos({
      ...{ mainFile, env: environment(), cliPath: await findTemporalCli({ env: environment() }) },
      ...{ runs: 60, seed: 1, width: 30, only: ['late-commits', 'lost-answers'] },
      first: await readSeeds(seedsFile),
      say: (line) => void said.push(line),
    });
    const sum = (of: (one: (typeof judged)[number]) => number): number =>
      judged.reduce((total, one) => total + of(one), 0);
    const counted = {
      violations: sum(({ violations }) => violations.length),
      // What was disturbed by nothing proves nothing, and neither does what never got anywhere.
      faults: sum(({ figures }) => figures.faults),
      ofThoseKept: sum(({ figures }) => figures.progressed) / sum(({ figures }) => figures.kept),
      ofThoseThatMust: sum(({ figures }) => figures.succeeded) / sum(({ figures }) => figures.hopeful),
    };
    const { violations, faults, ofThoseKept, ofThoseThatMust } = counted;
    if (violations > 0 || faults <= 30 || ofThoseKept < 0.9 || ofThoseThatMust < 1)
      throw new Error([...said, JSON.stringify(counted)].join('\n'));
  }, 900_000);
});
