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
      ...{ runs: 84, seed: 1, width: 30, only: ['late-commits', 'lost-answers'], withinMs: 90_000 },
      first: await readSeeds(seedsFile),
      say: (line) => void said.push(line),
    });
    const violations = judged.flatMap((one) => one.violations);
    if (violations.length > 0) throw new Error(said.join('\n'));
    const sum = (of: (one: (typeof judged)[number]) => number): number =>
      judged.reduce((total, one) => total + of(one), 0);
    // What was disturbed by nothing proves nothing, and neither does what never got anywhere.
    expect(sum(({ figures }) => figures.faults)).toBeGreaterThan(30);
    expect(sum(({ figures }) => figures.progressed)).toBeGreaterThanOrEqual(
      sum(({ figures }) => figures.kept) * 0.9,
    );
    expect(sum(({ figures }) => figures.succeeded)).toBeGreaterThanOrEqual(
      sum(({ figures }) => figures.hopeful) * 0.9,
    );
  }, 360_000);
});
