import { describe, expect, it } from '@jest/globals';
import { judgeTrial } from '../../src/chaos/checks/index.js';
import { createDice } from '../../src/chaos/dice.js';
import { figuresOf } from '../../src/chaos/figures.js';
import { type Worlds, unplayable, workloadOfDocument } from '../../src/chaos/index.js';
import type { JobObject, PlatformObjects, RunRecord } from '../../src/chaos/evidence.js';
import type { PipelineDocument, Run, Step } from '../../src/client.js';
import { allSteps } from '../../src/run/documents/documents.js';
import type { Json } from '../../src/run/json.js';
import { documentIn, documentOf } from '../support/documents.js';
import { at, atMs, evidence } from './evidence.js';

const sweep = documentIn(`
longhaul: pipeline/v1
pipeline: sweep2
connection: domino-a
input: { properties: { month: { type: string, pattern: '^\\d{4}-\\d{2}$' } }, required: [month] }
steps:
  environment: { uses: environment, with: { name: churn, base: { image: 'python:3.12' } } }
  build: { uses: build, with: { environment: '\${{ steps.environment }}' } }
  train:
    uses: job
    each: { depth: [4, 6] }
    with:
      project: ds/churn
      command: python train.py --month \${{ input.month }} --depth \${{ item.depth }}
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
  watch: { uses: watch, with: { modelApi: churn-api, project: ds/churn, deployment: '\${{ steps.deploy }}' } }
finally:
  steps:
    report: { uses: job, with: { project: ds/churn, command: [python, report.py, '\${{ run.id }}'] } }
`);

const runId = 'sweep2.calm-1-0000';

const jobOf = (
  number: number,
  command: string,
  fromMs: number,
  more: Partial<JobObject> = {},
): JobObject => ({
  ...{ id: `job-${number}`, runId, marker: `lh:job${number}`, number, command, status: 'Succeeded' },
  ...{ isCompleted: true, createdMs: atMs(fromMs), completedMs: atMs(fromMs + 3_000) },
  ...{ revisionId: 'revision-1', experimentRunId: `mlflow-${number}` },
  ...more,
});
const trained = [4, 6].map((depth, index) =>
  jobOf(index + 1, `python train.py --month 2026-11 --depth ${depth}`, 1_000),
);
const report = jobOf(3, `python report.py ${runId}`, 6_000, { revisionId: null });

const objects: PlatformObjects = {
  jobs: [...trained, report],
  environments: [{ id: 'environment-1', runId, marker: 'lh:env', name: 'churn', archived: false }],
  revisions: [],
  modelApis: [{ id: 'api-1', runId: null, marker: 'lh:deploy', name: 'churn-api' }],
  versions: [
    {
      ...{ id: 'version-1', runId, marker: 'lh:deploy', modelApiId: 'api-1', number: 1, status: 'Running' },
      ...{ isLive: true, serves: true, model: 'churn', modelVersion: 1 },
    },
  ],
  modelVersions: [{ model: 'churn', version: 1, experimentRunId: 'mlflow-2' }],
};

const done = (name: string, kind: string, ids: readonly string[], output: Json = {}, item?: Json): Step => ({
  ...{ name, tries: 1, references: ids.map((id) => ({ kind, id })) },
  state: { status: 'succeeded', startedAt: at(0), endedAt: at(9_000), output },
  ...(item !== undefined && { item }),
});

const run: Run = {
  ...{ runId, attemptId: 'attempt-1', pipeline: 'sweep2', connection: 'domino-a' },
  ...{ trigger: { kind: 'client' }, status: 'succeeded', startedAt: at(0), endedAt: at(10_000) },
  steps: [
    done('environment', 'environment', ['environment-1']),
    done('build', 'revision', ['revision-1'], { revisionId: 'revision-1' }),
    done('train', 'job', []),
    done('train.0', 'job', ['job-1'], {}, { depth: 4 }),
    done('train.1', 'job', ['job-2'], {}, { depth: 6 }),
    done('register', 'modelVersion', ['churn/1']),
    done('deploy', 'modelApiVersion', ['version-1']),
    done('report', 'job', ['job-3']),
  ],
};

// What would be something else in the input of a built-in pipeline.
const input = { month: '2026-11', cleanup: true, register: 'churn', train: { command: 'python other.py' } };
const record: RunRecord = {
  planned: { key: 'calm-1-0000', pipeline: sweep, ends: ['succeeded'], input },
  ...{ runId, acceptedMs: atMs(0), cancelAsked: false, retried: [], abortedFor: null, run },
  ...{ startedMs: atMs(0), endedMs: atMs(10_000), attempts: 1, history: [], historyBytes: 1_000 },
};

const found = (change: Partial<PlatformObjects> = {}, runs: readonly RunRecord[] = [record]): string[] =>
  judgeTrial(evidence({ runs, objects: { ...objects, ...change }, buildMs: null })).map(
    ({ rule, what }) => `${rule}: ${what}`,
  );

describe('what chaos judges of a document', () => {
  it('finds nothing where everything is as it must be, items at once included', () => {
    expect(found()).toEqual([]);
  });

  it('finds a second job of one item, by its marker and by its command, and not one that was stopped', () => {
    const [first = report, ...more] = trained;
    const second = { ...first, id: 'job-9', number: 9 };
    expect(found({ jobs: [first, second, ...more, report] })).toEqual([
      'duplicate: 2 jobs for one step that were not stopped (lh:job1)',
    ]);
    const remarked = { ...second, marker: 'lh:other' };
    expect(found({ jobs: [first, remarked, ...more, report] })).toEqual([
      'duplicate: jobs 1 and 9 of one run went on at once',
    ]);
    expect(found({ jobs: [first, { ...remarked, status: 'Stopped' }, ...more, report] })).toEqual([]);
  });

  it('finds a job that is missing, of another run, stopped, or that does something else', () => {
    const [first = report, second = report] = trained;
    const jobs = (change: Partial<JobObject>) => found({ jobs: [{ ...first, ...change }, second, report] });
    expect(found({ jobs: [second, report] })).toEqual([
      'result: step train.0: it names job job-1, which does not exist',
    ]);
    expect(jobs({ status: 'Stopped' })).toEqual(['foreign: step train.0: its job 1 was stopped']);
    expect(jobs({ command: second.command })).toEqual([`result: step train.0: job 1 runs ${second.command}`]);
    expect(jobs({ revisionId: 'revision-2' })).toEqual([
      'revision: step train.0: job 1 ran on revision revision-2',
    ]);
    expect(found({ jobs: [first, second, { ...report, command: "python report.py 'other'" }] })).toEqual([
      "result: step report: job 3 runs python report.py 'other'",
    ]);
    const other = { ...record, runId: 'sweep2.calm-1-0001', run: { ...run, steps: [] } };
    expect(found({ jobs: [{ ...first, runId: other.runId }, second, report] }, [record, other])).toContain(
      'result: step train.0: job 1 is of another run',
    );
  });

  it('finds an environment that was archived, and a registered version that no job of the run made', () => {
    const environments = objects.environments.map((one) => ({ ...one, archived: true }));
    expect(found({ environments })).toEqual(['foreign: step environment: its environment was archived']);
    const modelVersions = [{ model: 'churn', version: 1, experimentRunId: 'mlflow-9' }];
    expect(found({ modelVersions })).toEqual([
      'result: step register: churn/1 is not what a job of its run made',
    ]);
  });

  it('finds a deployment that does not serve, is gone, or serves for no step', () => {
    const versions = objects.versions.map((one) => ({
      ...one,
      status: 'Stopped',
      isLive: false,
      serves: false,
    }));
    expect(found({ versions })).toEqual(['result: what it deployed does not serve: 1 Stopped']);
    expect(found({ versions: [] })).toEqual([
      'result: step deploy: it names version version-1, which does not exist',
    ]);
    const steps = run.steps.filter(({ name }) => name !== 'deploy');
    expect(found({}, [{ ...record, run: { ...run, steps } }])).toEqual([
      'orphan: version 1 of api-1 is Running, and its run has succeeded without it',
    ]);
  });

  it('knows that a run which was cancelled keeps what it had deployed, and not while it was watched', () => {
    expect(found({}, [{ ...record, cancelAsked: true, run: { ...run, status: 'cancelled' } }])).toEqual([]);
    const watch: Step = {
      ...{ name: 'watch', tries: 1, references: [{ kind: 'modelApiVersion', id: 'version-1' }] },
      state: { status: 'cancelled', startedAt: at(9_000), endedAt: at(10_000) },
    };
    const watched: Run = { ...run, status: 'cancelled', steps: [...run.steps, watch] };
    expect(found({}, [{ ...record, cancelAsked: true, run: watched }])).toEqual([
      'orphan: version 1 of api-1 is Running, and its run has cancelled without it',
    ]);
  });

  it('times no recovery of a run that only waits for what it has begun', () => {
    const asked = (scheduled: string) => ({ atMs: atMs(0), text: scheduled, scheduled, asks: scheduled });
    const began = { atMs: atMs(50_000), text: 'it goes on', begins: 'awaitJob' };
    const timed = (scheduled: string) =>
      figuresOf(
        evidence({
          runs: [{ ...record, history: [asked(scheduled), began] }],
          processes: [{ atMs: atMs(1_000), what: 'kill' }],
        }),
      ).recoveries.map(({ ms }) => ms);
    expect(timed('awaitJob')).toEqual([]);
    expect(timed('ensureJob')).toEqual([49_000]);
  });

  it('finds jobs of two runs that train one model at once, and not jobs that train none', () => {
    const otherId = 'sweep2.calm-1-0001';
    const of = (number: number, fromMs: number, command: string) =>
      jobOf(number, command, fromMs, { runId: otherId });
    const other = (id: string, step: string): RunRecord => ({
      ...record,
      ...{ runId: otherId, planned: { ...record.planned, key: 'calm-1-0001' } },
      run: {
        ...{ ...run, runId: otherId },
        steps: [
          done('build', 'revision', [], { revisionId: 'revision-1' }),
          done(step, 'job', [id], {}, { depth: 4 }),
        ],
      },
    });
    const [{ command } = report] = trained;
    expect(
      found({ jobs: [...objects.jobs, of(7, 3_999, command)] }, [record, other('job-7', 'train.0')]),
    ).toEqual([
      'together: jobs 1 and 7 trained churn at once',
      'together: jobs 2 and 7 trained churn at once',
    ]);
    expect(
      found({ jobs: [...objects.jobs, of(7, 4_000, command)] }, [record, other('job-7', 'train.0')]),
    ).toEqual([]);
    const reports = of(7, 1_000, `python report.py ${otherId}`);
    expect(found({ jobs: [...objects.jobs, reports] }, [record, other('job-7', 'report')])).toEqual([]);
  });
});

describe('a document under chaos', () => {
  const place = {
    ...{ connection: 'domino-a', project: 'ds/churn', environmentId: '66f0', taken: null },
    prefix: 'kills-1',
  };
  const sharing = { group: 2, retrain: 0.1 };
  const platformOf = (name: string): string => name.split('-')[0] ?? '';
  const dialectOf = (name: string): string | null => (name.endsWith('v2') ? 'v2' : null);
  const planned = (document: PipelineDocument, worlds: Worlds = {}) => {
    const input = { month: '2026-11' };
    const workload = workloadOfDocument({ document, input, platformOf, dialectOf }, worlds);
    const { pipeline, ...rest } = workload.plan(3, { dice: createDice(1, 'runs'), place, sharing });
    if (typeof pipeline === 'string') throw new Error('it is a document');
    return { workload, rest, steps: Object.fromEntries(allSteps(pipeline)) };
  };

  it('runs with its own names on its first connection, and a few runs at once take turns at a model', () => {
    const { workload, rest, steps } = planned(sweep);
    expect(workload).toMatchObject({ width: 4, isGiven: true });
    expect(workload.connections).toEqual([{ name: 'domino-a', platform: 'domino' }]);
    expect(rest).toEqual({ key: 'kills-1-0003', input: { month: '2026-11' }, ends: ['succeeded'] });
    expect(steps['environment']?.with).toMatchObject({ name: 'churn' });
    expect(steps['watch']?.with).toMatchObject({ for: '20s' });
    expect(Object.values(steps).every(({ connection }) => connection === 'domino-a')).toBe(true);
  });

  it('has one platform for all of its connections, no texts of its own, and waits as fast as the platform goes', () => {
    const { workload, steps } = planned(
      documentOf(
        'domino-a',
        `  wait: { uses: pause, with: { for: 10m } }
  first: { uses: job, tries: { count: 3, backoff: 1m }, with: { project: ds/etl, command: x, title: mine } }
  second: { uses: job, connection: domino-b, with: { project: ds/etl, command: y } }`,
      ),
    );
    expect(workload.width).toBeUndefined();
    expect(steps['wait']?.with).toEqual({ for: '20s' });
    expect(steps['first']?.with).toEqual({ project: 'ds/etl', command: 'x' });
    expect(steps['first']?.tries).toMatchObject({ count: 3, backoff: '2s', upTo: '20s' });
    expect(steps['second']?.connection).toBe('domino-a');
  });

  it('has a connection to each of its platforms, each with its world', () => {
    const { workload, steps } = planned(
      documentOf(
        'domino-a',
        `  train: { uses: job, with: { project: ds/etl, command: x } }
  ask:
    uses: request
    connection: ubiops-v2
    with: { project: iris, deployment: iris, version: one, data: { name: mine } }
  again: { uses: request, connection: ubiops-b, with: { project: iris, deployment: iris, data: {} } }`,
      ),
      { ubiops: 'world.yaml' },
    );
    const [domino, ubiops] = [
      { name: 'domino-a', platform: 'domino' },
      { name: 'ubiops-v2', platform: 'ubiops', dialect: 'v2' },
    ] as const;
    expect(workload.connections).toEqual([domino, ubiops]);
    const of = { secret: 'key', jobPace: 1 };
    expect(workload.worldOf(domino, of)).toBeUndefined();
    expect(workload.worldOf(ubiops, of)).toBe('world.yaml');
    expect(steps['train']?.connection).toBe('domino-a');
    expect(steps['again']?.connection).toBe('ubiops-v2');
  });

  it('runs one at a time where a run does not wait for the model', () => {
    const { workload } = planned(
      documentOf(
        'domino-a',
        '  train: { uses: job, with: { project: ds/churn, command: x, trains: churn, whenBusy: skip } }',
      ),
    );
    expect(workload.width).toBe(1);
  });

  const faultsOf = (document: PipelineDocument, given: Json = {}): string[] =>
    unplayable({ document, input: given, platformOf, dialectOf });

  it('is refused for what chaos cannot do, each step with the reason', () => {
    const child = documentOf('domino-a', '  a: { uses: job, with: { project: ds/etl, command: x } }', {
      name: 'child',
    });
    const document = documentIn(
      `longhaul: pipeline/v1
pipeline: mine
connection: domino-a
steps:
  post: { uses: http, with: { service: reports, path: [a] } }
  other: { uses: pipeline, with: { pipeline: child } }
`,
      child,
    );
    expect(faultsOf(document)).toEqual([
      'post asks a service: chaos has no services',
      'other runs another pipeline: chaos judges the effects of the runs that it starts, not of their child runs',
    ]);
    const bare = 'longhaul: pipeline/v1\npipeline: mine\nsteps:\n  wait: { uses: pause, with: { for: 1s } }';
    expect(faultsOf(documentIn(bare))).toEqual(['it acts on no platform, so there is nothing to disturb']);
  });

  it('is refused with a probe, and where it may ask for an approval', () => {
    const released = (
      more: string,
    ): string => `  train: { uses: job, with: { project: ds/churn, command: x } }
  register: { uses: register, with: { model: churn, job: '\${{ steps.train }}' } }
  approve: { uses: approve, ${more} with: { within: 2d } }
  deploy:
    uses: deploy
    with: { modelApi: api, project: ds/churn, job: '\${{ steps.train }}', environment: '66f0', from: '\${{ steps.register }}' }
  watch: { uses: watch, with: { modelApi: api, project: ds/churn, deployment: '\${{ steps.deploy }}', probe: live } }`;
    const approval =
      'approve waits for an approval, which nobody gives here: use an input for which its `if` is false';
    const probe = 'watch names a probe: chaos has no probes';
    const more = 'input: { properties: { big: { type: boolean, default: false } } }';
    const asks = (condition: string) => documentOf('domino-a', released(condition), { more });
    expect(faultsOf(asks(''))).toEqual([approval, probe]);
    expect(faultsOf(asks("if: '${{ input.big }}',"), { big: true })).toEqual([approval, probe]);
    expect(faultsOf(asks("if: '${{ input.big }}',"), { big: false })).toEqual([probe]);
    expect(faultsOf(asks("if: '${{ steps.train.metrics.auc > 0.5 }}',"), { big: false })).toEqual([
      approval,
      probe,
    ]);
  });
});
