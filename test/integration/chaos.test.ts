/**
 * Two minutes of chaos on a Temporal of its own: late commits and lost answers. The seeds that have failed before are
 * played first. `npm run chaos` plays as much as is asked; docs/reliability.md says what it judges.
 */
import { runCommand } from '../support/command.js';
import { documentIn } from '../support/documents.js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { builtInAt, readSeeds, runChaos, workloadOf, workloadOfDocument } from '../../src/chaos/index.js';
import { environment } from '../../src/config.js';
import { findTemporalCli } from '../../src/dev/temporal-cli.js';

const mainFile = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const seedsFile = new URL('../chaos/seeds.json', import.meta.url).pathname;

const stageOptions = async () => ({
  ...{ mainFile, env: environment(), cliPath: await findTemporalCli({ env: environment() }) },
});

/** Items at once, shared names, a deployment and a report at the end. */
const release = documentIn(`
longhaul: pipeline/v1
pipeline: release2
connection: domino-a
input: { properties: { seeds: { type: array, items: { type: integer }, maxItems: 5 } }, required: [seeds] }
steps:
  environment: { uses: environment, with: { name: churn, base: { image: 'registry.example/base:1' } } }
  build: { uses: build, with: { environment: '\${{ steps.environment }}' } }
  train:
    uses: job
    each: \${{ input.seeds }}
    with:
      project: ds/churn
      command: [python, train.py, --seed, '\${{ item }}']
      environment: \${{ steps.environment }}
      build: \${{ steps.build }}
      trains: churn
  best: { uses: choose, with: { from: '\${{ steps.train }}', by: auc } }
  register: { uses: register, with: { model: churn, job: '\${{ steps.best }}' } }
  deploy:
    uses: deploy
    with:
      modelApi: churn-api
      project: ds/churn
      job: \${{ steps.best }}
      environment: \${{ steps.environment }}
      from: \${{ steps.register }}
finally:
  steps:
    report: { uses: job, with: { project: ds/etl, command: [python, report.py, '\${{ run.id }}'] } }
`);

const quickWorld = `
user: ada
projects: [{ owner: ds, name: etl }, { owner: ds, name: churn }]
environments: [{ name: Standard, image: 'registry.example/base:1', default: true }]
hardwareTiers: [{ id: small-k8s, default: true }]
durations: { build: [30, 40], queue: [5, 10], job: [60, 80], deploy: [20, 30] }
jobs: [{ command: train, status: Succeeded, stats: { auc: '0.8' } }]
`;

describe('under chaos', () => {
  it('runs leave nothing behind, make nothing twice, and end as they would have ended undisturbed', async () => {
    const said: string[] = [];
    const judged = await runChaos({
      ...(await stageOptions()),
      ...{ runs: 16, seed: 1, width: 16, workers: 2, only: ['late-commits', 'lost-answers'] },
      workload: builtInAt(2), // a machine that plays other tests too needs time to stop what was made twice
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
    if (violations > 0 || faults <= 20 || ofThoseKept < 0.9 || ofThoseThatMust < 1)
      throw new Error([...said, JSON.stringify(counted)].join('\n'));
  }, 900_000);

  it('runs on UbiOps do the same in both dialects', async () => {
    const said: string[] = [];
    const judged = await runChaos({
      ...(await stageOptions()),
      ...{ runs: 6, seed: 1, width: 6, workers: 2, only: ['ubiops-lost-answers'] },
      say: (line) => void said.push(line),
    });
    const [{ violations, figures } = { violations: [], figures: null }] = judged;
    if (violations.length > 0) throw new Error(said.join('\n'));
    expect(figures?.faults).toBeGreaterThan(10);
    expect(figures?.succeeded).toBe(figures?.hopeful);
  }, 600_000);

  it('an input that does not succeed undisturbed is refused before anything is disturbed', async () => {
    const input = {
      connection: 'mine',
      project: 'ada/iris',
      train: { command: 'python train.py && exit 1' },
    };
    const said: string[] = [];
    const playing = runChaos({
      ...(await stageOptions()),
      ...{ runs: 1, seed: 1, only: ['calm'], workers: 1 },
      workload: workloadOf('train-and-deploy', input, undefined),
      say: (line) => void said.push(line),
    });
    await expect(playing).rejects.toThrow(
      /^the input does not succeed on the simulator, undisturbed: it ended as JOB_FAILED instead of succeeded/,
    );
    expect(said).toEqual([]);
  }, 180_000);

  it('runs of a document share their names, leave nothing behind, and end as they would have ended undisturbed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chaos-document-'));
    const world = join(folder, 'world.yaml');
    await writeFile(world, quickWorld);
    const said: string[] = [];
    try {
      const [judged] = await runChaos({
        ...(await stageOptions()),
        ...{ runs: 2, seed: 1, only: ['lost-answers'], workers: 2 },
        workload: workloadOfDocument(
          {
            ...{ document: release, input: { seeds: [7, 8] } },
            ...{ platformOf: () => 'domino', dialectOf: () => null },
          },
          { domino: world },
        ),
        say: (line) => void said.push(line),
      });
      if (judged === undefined || judged.violations.length > 0) throw new Error(said.join('\n'));
      expect(judged.figures).toMatchObject({ kept: 2, progressed: 2, hopeful: 2, succeeded: 2 });
      expect(judged.figures.faults).toBeGreaterThan(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 300_000);
});

describe('longhaul chaos', () => {
  it('says what is wrong with its command line before anything is started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chaos-cli-'));
    const file = (name: string): string => join(folder, name);
    const input = { connection: 'mine', project: 'ada/iris', train: { command: 'python train.py' } };
    await writeFile(file('input.json'), JSON.stringify(input));
    await writeFile(file('world.yaml'), 'projects: 3');
    await writeFile(file('seeds.json'), '[');
    const said = async (...words: string[]) => {
      const env = { PATH: '' };
      const { exitCode, stderr } = await runCommand(['chaos', ...words], { env });
      return `${exitCode} ${stderr.split('\n', 1)[0]?.replaceAll(folder, '') ?? ''}`;
    };
    const own = ['train-and-deploy', '-f', file('input.json')];
    const config = ['--config', 'examples/pipelines.longhaul.yaml'];
    const written = (name: string, input: string) => [
      `examples/pipelines/${name}.yaml`,
      '-p',
      input,
      ...config,
    ];
    try {
      expect(await said('--only', 'calm,storm')).toBe(
        '2 longhaul chaos: there is no scenario storm; see `longhaul chaos --list`',
      );
      expect(await said('-f', file('input.json'))).toBe(
        '2 longhaul chaos: --file, --param and --world are for a pipeline that is named',
      );
      expect(await said('train-and-deploy', '-f', file('none.json'))).toMatch(
        /^2 longhaul chaos: \/none.json cannot be read/,
      );
      expect(await said(...own, '--world', file('none.yaml'))).toMatch(
        /^2 longhaul chaos: \/none.yaml cannot be read as a world: ENOENT/,
      );
      expect(await said(...own, '--world', file('world.yaml'))).toBe(
        '2 longhaul chaos: /world.yaml is not a world:',
      );
      expect(await said('--seeds', file('seeds.json'))).toMatch(
        /^2 longhaul chaos: \/seeds.json cannot be read as a list of failed seeds/,
      );
      for (const [words, line] of [
        [written('nightly-report', 'day=2026-11-30'), 'chaos cannot play nightly-report:'],
        [written('etl-train-deploy', 'month=2026-12'), 'chaos cannot play etl-train-deploy:'],
        [written('sweep', 'month=December'), 'the input of sweep is invalid:'],
        [['none', ...config], 'there is no pipeline "none"'],
      ] as const)
        expect(await said(...words)).toBe(`2 longhaul chaos: ${line}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 150_000);
});
