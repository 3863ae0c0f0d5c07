import { describe, expect, it } from '@jest/globals';
import { judgeTrial } from '../../src/chaos/checks/index.js';
import type { TrialEvidence, PlatformObjects } from '../../src/chaos/evidence.js';
import {
  at,
  atMs,
  ended,
  evidence,
  job,
  objects,
  record,
  release,
  revision,
  row,
  runId,
  succeeded,
  version,
} from './evidence.js';

const found = (change: Partial<TrialEvidence>): string[] =>
  judgeTrial(evidence(change)).map(({ rule, what }) => `${rule}: ${what}`);

const withObjects = (change: Partial<PlatformObjects>): string[] =>
  found({ objects: { ...objects, ...change } });

describe('what chaos judges', () => {
  it('finds nothing where everything is as it must be', () => {
    expect(found({})).toEqual([]);
  });

  describe('duplicates', () => {
    it('finds a second job of a step that was not stopped, and not one that was', () => {
      const second = { ...job, id: 'job-2', number: 2 };
      expect(withObjects({ jobs: [job, second] })).toEqual([
        'duplicate: 2 jobs for one step that were not stopped (lh:train)',
      ]);
      expect(withObjects({ jobs: [job, { ...second, status: 'Stopped' }] })).toEqual([]);
    });

    it('finds jobs of one run that went on at once under markers of their own, and not one after the other', () => {
      const second = { ...job, id: 'job-2', number: 2, marker: 'lh:other', createdMs: atMs(6_999) };
      expect(withObjects({ jobs: [job, second] })).toEqual([
        'duplicate: jobs 1 and 2 of one run went on at once',
      ]);
      expect(withObjects({ jobs: [job, { ...second, createdMs: atMs(7_000) }] })).toEqual([]);
      expect(withObjects({ jobs: [job, { ...second, status: 'Stopped' }] })).toEqual([]);
    });

    it('finds a second revision that was built, and not one whose build was cancelled or whose environment is gone', () => {
      const second = { ...revision, id: 'revision-2' };
      expect(withObjects({ revisions: [revision, second] })).toEqual([
        'duplicate: 2 revisions for one step that were built (lh:revision)',
      ]);
      expect(withObjects({ revisions: [revision, { ...second, status: 'killed' }] })).toEqual([]);
    });

    it('finds no revision that came only after it was sent again, or that another one hid', () => {
      const second = { ...revision, id: 'revision-2' };
      const other = { ...revision, id: 'revision-3', marker: 'lh:other' };
      const made = (seq: number, ms: number, { id, marker }: typeof revision, committed?: string) => {
        const effects = [{ change: 'created' as const, kind: 'revision' as const, id, marker: marker ?? '' }];
        return row(seq, ms, {
          endpoint: 'environments.createRevision',
          effects,
          ...(committed && { committed }),
        });
      };
      const revisions = [revision, second, other];
      const judged = (ledger: TrialEvidence['ledger']) =>
        found({ objects: { ...objects, revisions }, ledger });
      const late = new Date(atMs(2_500)).toISOString();
      expect(judged([made(1, 100, revision, late), made(2, 2_000, second)])).toEqual([]);
      expect(judged([made(1, 100, revision), made(2, 500, other), made(3, 2_000, second)])).toEqual([]);
      expect(judged([made(1, 100, revision), made(2, 2_000, second), made(3, 2_100, other)])).toEqual([
        'duplicate: 2 revisions for one step that were built (lh:revision)',
      ]);
    });

    it('finds what was sent again before it could be looked for three times, unless two tries may have been alive', () => {
      const sent = (seq: number, ms: number, id: string) =>
        row(seq, ms, { effects: [{ change: 'created', kind: 'job', id, marker: 'lh:train' }] });
      const ledger = [sent(1, 100, 'job-0'), sent(2, 699, 'job-1')];
      expect(found({ ledger })).toEqual([
        'duplicate: jobs.start was sent again 599 ms after it had been sent (lh:train)',
      ]);
      expect(found({ ledger: [sent(1, 100, 'job-0'), sent(2, 700, 'job-1')] })).toEqual([]);
      expect(found({ ledger, processes: [{ atMs: atMs(50), what: 'freeze' }] })).toEqual([]);
    });

    it('finds environments and model APIs of one name', () => {
      const [environment, ...more] = objects.environments;
      const twice = [environment, { ...environment, id: 'environment-2' }, ...more];
      expect(withObjects({ environments: twice as PlatformObjects['environments'] })).toEqual([
        'duplicate: 2 environments of one name (env)',
      ]);
      const modelApis = [...objects.modelApis, { id: 'api-2', runId: null, marker: 'lh:x', name: 'api' }];
      expect(withObjects({ modelApis })).toEqual(['duplicate: 2 model APIs of one name (api)']);
    });
  });

  describe('what is left', () => {
    const cancelled = ended({ status: 'cancelled', endedAt: succeeded().startedAt }, { cancelAsked: true });

    it('finds a job that ran on after its run was cancelled, and not one that was stopped or had ended before', () => {
      const runs = [{ ...cancelled, endedMs: atMs(2_000) }];
      const left = { ...objects, versions: [], revisions: [] };
      expect(found({ runs, objects: left })).toEqual(['running: job 1 ran on after its run had cancelled']);
      expect(found({ runs, objects: { ...left, jobs: [{ ...job, status: 'Stopped' }] } })).toEqual([]);
      expect(found({ runs: [{ ...cancelled, endedMs: atMs(6_500) }], objects: left })).toEqual([]);
    });

    it('finds a build that went on, unless another run goes on with it', () => {
      const runs = [{ ...cancelled, endedMs: atMs(1_000) }];
      const left = { ...objects, versions: [], jobs: [] };
      expect(found({ runs, objects: left })).toEqual([
        'running: the build of revision revision-1 went on after its run had cancelled',
      ]);
      const step = {
        ...{ name: 'revision', tries: 1, references: [{ kind: 'revision' as const, id: 'revision-1' }] },
        state: { status: 'pending' as const },
      };
      const other = ended({ runId: 'train-and-deploy.b', status: 'failed', steps: [step] });
      const using = {
        ...other,
        runId: 'train-and-deploy.b',
        planned: { ...other.planned, ends: ['failed'] },
      };
      expect(found({ runs: [...runs, using], objects: left })).toEqual([]);
    });

    it('finds a version that serves for a run that did not deploy it, and one of no run at all', () => {
      const other = { ...version, id: 'version-2', number: 2, marker: 'lh:other' };
      expect(withObjects({ versions: [version, other] })).toEqual([
        'orphan: version 2 of api-1 is Running, and its run has succeeded without it',
      ]);
      expect(withObjects({ versions: [version, { ...other, runId: null }] })).toEqual([
        'orphan: version version-2 serves, of no run',
      ]);
      expect(withObjects({ versions: [version, { ...other, isLive: false, serves: false }] })).toEqual([]);
    });

    it('finds an environment that was to go with its run', () => {
      const planned = { ...record.planned, input: { ...record.planned.input, cleanup: true } };
      const runs = [{ ...cancelled, planned }];
      const left = { ...objects, versions: [], jobs: [], revisions: [] };
      expect(found({ runs, objects: left })).toEqual([
        'orphan: environment env was to go with its run, which has cancelled',
      ]);
    });
  });

  describe('deployments one after the other', () => {
    const second = 'train-and-deploy.calm-1-0001';
    const deploying = (runId: string, versionId: string, [from, to]: readonly [number, number]) => ({
      ...record,
      runId,
      planned: { ...record.planned, key: runId },
      run: succeeded({
        runId,
        result: { ...release, deployment: { modelApiId: 'api-1', versionId } },
        steps: [
          {
            ...{ name: 'deploy', tries: 1, references: [{ kind: 'modelApiVersion', id: versionId }] },
            state: { status: 'succeeded', startedAt: at(from), endedAt: at(to), output: {} },
          },
        ],
      }),
    });
    const silent = {
      ...version,
      id: 'version-2',
      number: 2,
      marker: 'lh:other',
      runId: second,
      serves: false,
    };
    const older = (later: readonly [number, number]) =>
      judgeTrial(
        evidence({
          runs: [deploying(runId, 'version-1', [1_000, 2_000]), deploying(second, 'version-2', later)],
          objects: { ...objects, versions: [version, silent] },
        }),
      ).filter(({ rule }) => rule === 'older');

    it('leave the last one in its place', () => {
      expect(older([3_000, 4_000]).map(({ what }) => what)).toEqual([
        `version 1 of api serves, and ${second} has deployed version-2 after it`,
      ]);
    });

    it('are in no order where they overlap', () => {
      expect(older([1_500, 4_000])).toEqual([]);
    });
  });

  describe('results', () => {
    it('finds a job that does something else, or ran on another revision', () => {
      expect(withObjects({ jobs: [{ ...job, command: 'rm -rf' }] })).toEqual(['result: job 1 runs rm -rf']);
      expect(withObjects({ jobs: [{ ...job, revisionId: 'revision-9' }] })).toEqual([
        'revision: job 1 ran on revision revision-9',
      ]);
    });

    it('finds the job of a result that was stopped, and an environment that was archived', () => {
      expect(withObjects({ jobs: [{ ...job, status: 'Stopped' }] })).toEqual([
        'foreign: job 1 is the result’s, and was stopped',
      ]);
      const environments = objects.environments.map((one) => ({ ...one, archived: one.name === 'env' }));
      expect(withObjects({ environments })).toEqual(['foreign: its environment env was archived']);
    });

    it('finds a version of another model, and a deployment that does not serve', () => {
      expect(withObjects({ versions: [{ ...version, modelVersion: 7 }] })).toEqual([
        'result: version 1 serves model/7',
      ]);
      expect(
        withObjects({ versions: [{ ...version, status: 'Stopped', isLive: false, serves: false }] }),
      ).toEqual(['result: what it deployed does not serve: 1 Stopped']);
    });

    it('finds a registered version that another job made', () => {
      expect(
        withObjects({ modelVersions: [{ model: 'model', version: 1, experimentRunId: 'mlflow-9' }] }),
      ).toEqual(['result: model/1 is not what job 1 made']);
    });
  });

  describe('ends', () => {
    const bare = { ...objects, versions: [], jobs: [], revisions: [] };
    const failure = { code: 'NOT_FOUND' as const, message: 'answered 404', step: 'train' };

    it('finds a run that ended otherwise than its input does, and one that does not exist', () => {
      expect(found({ objects: bare, runs: [ended({ status: 'failed', failure })] })).toEqual([
        'outcome: it ended as NOT_FOUND instead of succeeded (NOT_FOUND at train: answered 404)',
      ]);
      expect(found({ objects: bare, runs: [{ ...record, run: null }] })).toEqual([
        'outcome: its start was accepted, and there is no such run',
      ]);
      expect(found({ objects: bare, runs: [ended({ status: 'cancelled' })] })).toEqual([
        'outcome: it was cancelled, and nobody had asked',
      ]);
    });

    it('finds a run that goes on, stays parked, or needed help for what had passed', () => {
      expect(found({ objects: bare, runs: [ended({ status: 'running' }, { endedMs: null })] })).toEqual([
        'stuck: it still runs: no step, ?, try 0 ',
      ]);
      const parked = ended({ status: 'parked', failure }, { endedMs: null, retried: ['NOT_FOUND'] });
      expect(found({ objects: bare, runs: [parked] })).toEqual([
        'stuck: it is still parked after 1 retries (NOT_FOUND at train: answered 404)',
      ]);
      expect(found({ runs: [{ ...record, retried: ['CREDENTIALS_REJECTED'] }] })).toEqual([
        'helped: it stayed parked for CREDENTIALS_REJECTED, which had passed',
      ]);
    });

    it('finds a run that was never begun, for the one that it follows did not end', () => {
      expect(found({ unbegun: ['calm-1-0001'] })).toEqual([
        'stuck: the run calm-1-0001 was not begun: it waits for the end of another one',
      ]);
    });

    it('takes a run that parks as its input demands, and was aborted then', () => {
      const aborted = ended({ status: 'failed', failure: { ...failure, code: 'ABORTED' } });
      const planned = { ...record.planned, ends: ['parked CONFLICT'] };
      expect(found({ objects: bare, runs: [{ ...aborted, planned, abortedFor: 'CONFLICT' }] })).toEqual([]);
      expect(found({ objects: bare, runs: [{ ...aborted, planned }] })).toHaveLength(1);
    });

    it('knows more of an end once the run before it has succeeded', () => {
      const planned = {
        ...record.planned,
        ...{ key: 'calm-1-0001', ends: ['succeeded', 'GATE_REFUSED'] },
        after: { key: 'calm-1-0000', ends: ['GATE_REFUSED'] },
      };
      const second = { ...ended({ status: 'succeeded' }), runId: 'train-and-deploy.calm-1-0001', planned };
      expect(found({ runs: [record, second] })).toEqual([
        'outcome: it ended as succeeded instead of GATE_REFUSED',
      ]);
    });

    it('finds two starts that gave one run, and a history that is too large', () => {
      expect(found({ runs: [record, record] })).toEqual([
        'outcome: two starts with different keys gave one run',
      ]);
      expect(found({ runs: [{ ...record, historyBytes: 5_000_000 }] })).toEqual([
        'bounds: its history has 0 events, 5000000 bytes',
      ]);
    });
  });

  describe('times', () => {
    const created = [{ change: 'created' as const, kind: 'job' as const, id: 'job-1' }];

    it('finds a creation that was sent after its run had ended', () => {
      expect(found({ ledger: [row(1, 9_000, { effects: created })] })).toEqual([]);
      expect(found({ ledger: [row(1, 11_000, { effects: created })] })).toEqual([
        'late: jobs.start (row 1) was sent 1000 ms after its run had ended',
      ]);
    });

    it('finds requests before Retry-After has passed, but not those that were under way', () => {
      const throttled = row(1, 0, { status: 429, fault: 'status' });
      const ledger = [throttled, row(2, 900), row(3, 1_100), row(4, 1_900), row(5, 2_100)];
      expect(found({ ledger, retryAfterMs: 2_000 })).toEqual([
        'throttle: 2 requests came before the 2000 ms of row 1 had passed, the last after 1900 ms',
      ]);
      expect(found({ ledger: [throttled, row(2, 900), row(3, 2_100)], retryAfterMs: 2_000 })).toEqual([]);
    });

    it('holds a Retry-After against the requests of its own connection', () => {
      const throttled = row(1, 0, { status: 429, fault: 'status' });
      const elsewhere = { ...row(1, 1_500), connection: 'ubiops-chaos' };
      expect(found({ ledger: [throttled, elsewhere], retryAfterMs: 2_000 })).toEqual([]);
    });

    it('finds two runs that train one model at once', () => {
      const otherId = 'train-and-deploy.calm-1-0001';
      const other = { ...record, ...ended({}), runId: otherId, planned: { ...record.planned, key: 'b' } };
      const second = {
        ...job,
        id: 'job-2',
        number: 2,
        runId: otherId,
        marker: 'lh:b',
        createdMs: atMs(6_000),
      };
      const runs = [record, { ...other, run: null }];
      expect(found({ runs, objects: { ...objects, jobs: [job, second] } })).toContain(
        'together: jobs 1 and 2 trained model at once',
      );
      const later = { ...second, createdMs: atMs(8_000), completedMs: atMs(9_000) };
      expect(found({ runs, objects: { ...objects, jobs: [job, later] } }).join()).not.toContain('together');
    });
  });

  it('finds objects of others that were stopped, archived or cancelled', () => {
    const others = { runId: null, marker: null };
    expect(
      withObjects({
        jobs: [job, { ...job, ...others, id: 'job-9', number: 9, status: 'Stopped' }],
        revisions: [revision, { ...revision, ...others, id: 'revision-9', status: 'killed' }],
        environments: objects.environments.map((one) => ({ ...one, archived: one.name === 'Standard' })),
      }),
    ).toEqual([
      'foreign: job 9 was stopped, which is of another user',
      'foreign: environment Standard was archived, which is of another user',
      'foreign: the build of revision revision-9 was cancelled, which is of another user',
    ]);
  });

  it('tells secrets, redirects that were followed, and processes that ended by themselves', () => {
    expect(
      found({
        secrets: [`the history of ${runId}`],
        strayed: ['GET /login {}'],
        crashes: ['worker 0 ended by itself: 1'],
      }),
    ).toEqual([
      `secret: the platform’s key stands in the history of ${runId}`,
      'stray: another host was sent GET /login {}',
      'crash: worker 0 ended by itself: 1',
    ]);
  });
});
