import { describe, expect, it } from '@jest/globals';
import { changeLines } from '../../../src/cli/run/view/changes.js';
import { cleanupLines } from '../../../src/cli/run/view/cleanup-lines.js';
import { endingLines, parkedLines } from '../../../src/cli/run/view/ending.js';
import { plainPaint as paint } from '../../../src/cli/terminal/paint.js';
import { treeLines } from '../../../src/cli/run/view/tree.js';
import type { Cleanup, Run, Step } from '../../../src/run/steps.js';
import { nowMs, parked, running, steps } from './runs.js';

const nowIso = new Date(nowMs).toISOString();

describe('the tree of a run', () => {
  it('shows each step with its state, time, ids and what it waits for', () => {
    expect(treeLines(running, { paint, nowMs })).toEqual([
      'train-and-deploy.nightly  running  10m00s  on domino-prod  by cli ada@desk',
      '  ↺ environment  reused',
      '  – revision     skipped            not in the input',
      '  ✔ build        succeeded   5m05s  revision r1',
      '  ▸ train        waiting     4m53s  job j1 · job 7 is Running, look 4, next in 30s · for job 7 to end',
      '  · gate         pending',
    ]);
  });

  it('shows for how long the platform has given no usable answer, and when it is asked again', () => {
    const progress = {
      ...steps.train.progress,
      message: 'no usable answer from domino-prod since 2026-11-20T21:10:00Z: GET /jobs answered 503',
      failingSince: '2026-11-20T21:10:00.000Z',
    };
    const train = { ...steps.train, progress };
    expect(treeLines({ ...running, steps: [train] }, { paint, nowMs })[1]).toContain(
      'job j1 · no usable answer from domino-prod since 2026-11-20T21:10:00Z: GET /jobs answered 503, failing for 6h00m, look 4, next in 30s',
    );
  });

  it('says that no worker has looked since, before what the last look saw', () => {
    const progress = {
      ...{ effect: 'awaitJob', attempt: 4, message: 'job 7 is Running' },
      ...{ untakenSince: '2026-11-21T03:07:30.000Z', lastAttemptAt: '2026-11-21T03:07:00.000Z' },
    };
    const line = (more: object) =>
      treeLines(
        { ...running, steps: [{ ...steps.train, progress: { ...progress, ...more } }] },
        { paint, nowMs },
      )[1];
    expect(line({})).toContain(
      'job j1 · no worker of the connection has taken it since 2026-11-21T03:07:30Z, last look at 2026-11-21T03:07:00Z, job 7 is Running, look 4 · for job 7 to end',
    );
    expect(line({ lastAttemptAt: undefined, message: undefined })).toContain(
      'no worker of the connection has taken it since 2026-11-21T03:07:30Z, no look yet, look 4',
    );
  });

  it('says how long ago a lookout has looked, of a step whose effect rests', () => {
    const progress = {
      ...{ effect: 'awaitJob', attempt: 2, message: 'job 7 is Running' },
      ...{ lastAttemptAt: new Date(nowMs - 4_000).toISOString() },
      nextAttemptAt: new Date(nowMs + 11_000).toISOString(),
    };
    const train = { ...steps.train, progress };
    expect(treeLines({ ...running, steps: [train] }, { paint, nowMs })[1]).toContain(
      'job j1 · job 7 is Running, looked 4.0s ago, next in 11s · for job 7 to end',
    );
  });

  it('says at the end what a document has come to, and what it hands over', () => {
    const run: Run = {
      ...running,
      ...{ runId: 'sweep.n', status: 'succeeded', endedAt: nowIso },
      result: { outcome: 'not-better', conclusion: 'only 0.5', outputs: { auc: 0.5, of: { depth: 4 } } },
    };
    expect(endingLines(run, nowMs, paint).slice(1)).toEqual([
      '  not-better: only 0.5',
      '  auc: 0.5',
      '  of: {"depth":4}',
      '  next: longhaul run get sweep.n -o json',
    ]);
  });

  it('says which objects of the platform a step has reused, and that nothing was made', () => {
    const build = { ...steps.build, reuses: 'the build of revision r1' };
    const run: Run = { ...running, steps: [build], status: 'succeeded', endedAt: nowIso };
    expect(treeLines(run, { paint, nowMs })[1]).toBe(
      '  ✔ build  succeeded   5m05s  reused the build of revision r1',
    );
    const result = { conclusion: 'revision 1 of iris has this content and is built: nothing was built' };
    expect(endingLines({ ...run, result }, nowMs, paint)).toContain(`  ${result.conclusion}`);
  });

  it('shows the items of a step, each with what it is for', () => {
    const at = { startedAt: nowIso, endedAt: nowIso };
    const items: Step[] = [
      {
        ...{ name: 'train', tries: 0, references: [], items: 2 },
        state: {
          ...{ status: 'succeeded', ...at },
          output: { counts: { succeeded: 1, failed: 1, skipped: 0 } },
        },
      },
      {
        ...{ name: 'train.0', tries: 1, references: [], item: { depth: 4 } },
        state: { status: 'succeeded', ...at, output: { metrics: { auc: 0.9 } } },
      },
      {
        ...{ name: 'train.1', tries: 1, references: [], item: 'b' },
        state: { status: 'failed', ...at, failure: { code: 'JOB_FAILED', message: 'exit code 1' } },
      },
    ];
    expect(treeLines({ ...running, steps: items }, { paint, nowMs }).slice(1)).toEqual([
      '  ✔ train    succeeded    0.0s  1 succeeded, 1 failed',
      '  ✔ train.0  succeeded    0.0s  depth 4 · auc 0.9',
      '  ✖ train.1  failed       0.0s  b · JOB_FAILED: exit code 1',
    ]);
  });

  it('says of a run that was asked to stop that it is stopping', () => {
    expect(treeLines({ ...running, stopping: true }, { paint, nowMs }).at(-1)).toBe(
      '  note: it was asked to stop, and is stopping what it has running',
    );
  });

  it('shows the spinner at the step that is under way only', () => {
    const lines = treeLines(running, { paint, nowMs, spinner: '⠋' });
    expect(lines.filter((line) => line.includes('⠋'))).toEqual([expect.stringContaining('train')]);
  });

  it('shows the first line of why a step is parked, for as long as it is', () => {
    expect(treeLines(parked, { paint, nowMs })[4]).toBe(
      '  ! train        parked      4m53s  QUOTA_EXCEEDED: POST /jobs answered 403: budget',
    );
  });

  it('shows what the gate has judged and what the training measured', () => {
    const train = {
      ...steps.build,
      name: 'train',
      state: { ...steps.build.state, output: { metrics: { accuracy: 0.93333, loss: 0.1 } } },
    };
    const verdicts = [{ condition: 'accuracy >= 0.9', value: 0.93333, bound: 0.9, holds: true }];
    const gate = {
      ...steps.build,
      name: 'gate',
      references: [],
      state: { ...steps.build.state, output: { verdicts } },
    };
    const lines = treeLines({ ...running, steps: [train, gate] }, { paint, nowMs });
    expect(lines[1]).toContain('accuracy 0.9333, loss 0.1');
    expect(lines[2]).toContain('accuracy >= 0.9 (0.9333)');
  });

  it('says what was left out of the output of a step, and what could not be read', () => {
    const output = {
      ...{ metrics: { loss: 0.1 }, metricsLeftOut: 39_000, notNumbers: { accuracy: 'NaN' } },
      logNotice: 'the log could not be read: GET /logs answered 404',
    };
    const train = { ...steps.build, name: 'train', state: { ...steps.build.state, output } };
    expect(treeLines({ ...running, steps: [train] }, { paint, nowMs }).slice(2)).toEqual([
      '  note: train: 39000 values more were written than are kept',
      '  note: train: not numbers: accuracy "NaN"',
      '  note: train: the log could not be read: GET /logs answered 404',
    ]);
  });

  it('shows in the line of its step and of its end what would draw lines of its own', () => {
    const message = 'no\n  ✔ gate         succeeded\u202e\u001b[1A\r\u2028x';
    const state = {
      status: 'failed',
      startedAt: nowIso,
      endedAt: nowIso,
      failure: { code: 'JOB_FAILED', message },
    };
    const failed: Run = {
      ...running,
      status: 'failed',
      endedAt: nowIso,
      trigger: { kind: 'cli', by: 'ada\nroot' },
      lineage: {
        number: 2,
        of: { runId: 'a', attemptId: 'b' },
        by: 'ada',
        plan: 'p',
        reason: 'because\n  next: rm -rf',
      },
      steps: [{ ...steps.build, name: 'train', state } as Step], // a state of the union, spelt out above
      failure: { code: 'JOB_FAILED', step: 'train', message },
    };
    const lines = [...treeLines(failed, { paint, nowMs }), ...endingLines(failed, nowMs, paint)];
    expect(lines.filter((line) => /[\n\r\u001b\u202e\u2028]/.test(line))).toEqual([]);
    expect(lines[0]).toContain('by cli ada\\nroot');
    expect(lines[1]).toContain('because\\n  next: rm -rf');
    expect(lines.join('\n')).toContain(
      'train: JOB_FAILED: no\\n  ✔ gate         succeeded\\u202e\\u001b[1A\\r\\u2028x',
    );
  });

  it('shows as cut off, with the time until then, what was under way when Temporal ended the run', () => {
    const { progress: _, ...train } = steps.train;
    const run: Run = { ...running, status: 'terminated', endedAt: '2026-11-21T03:08:00.000Z' };
    const lines = (...under: Step[]) => treeLines({ ...run, steps: under }, { paint, nowMs, spinner: '⠋' });
    expect(lines(train, steps.gate)).toEqual([
      'train-and-deploy.nightly  terminated  8m00s  on domino-prod  by cli ada@desk',
      '  ✖ train  cut off     2m53s  job j1 · for job 7 to end',
      '  · gate   pending',
    ]);
    expect(lines(steps.parkedTrain)[1]).toMatch(/^  ✖ train {2}cut off {5}2m53s {2}QUOTA_EXCEEDED: /);
  });

  it('says when its steps are not known', () => {
    const run: Run = { ...running, steps: [], notice: 'no worker answered' };
    expect(treeLines(run, { paint, nowMs }).at(-1)).toBe('  note: no worker answered');
  });
});

describe('the lines of what changed', () => {
  it('tell all that has begun at first, and nothing when nothing changed', () => {
    expect(changeLines(null, running, nowMs)).toEqual([
      '+10m00s  environment reused',
      '+10m00s  revision skipped · not in the input',
      '+10m00s  build succeeded in 5m05s · revision r1',
      '+10m00s  train waiting · job j1 · job 7 is Running, look 4, next in 30s · for job 7 to end',
    ]);
    expect(changeLines(running, running, nowMs + 60_000)).toEqual([]);
  });

  it('say what an item is for', () => {
    const item: Step = {
      ...{ name: 'train.1', tries: 1, references: [], item: { depth: 4, of: 'a\nb', more: [1] } },
      state: { status: 'running', startedAt: nowIso },
    };
    expect(changeLines(running, { ...running, steps: [item] }, nowMs)).toEqual([
      '+10m00s  train.1 running · depth 4, of a\\nb, more [1]',
    ]);
  });

  it('do not repeat a step for another look that saw the same', () => {
    const progress = { ...steps.train.progress, attempt: 5, nextAttemptAt: '2026-11-21T03:11:30.000Z' };
    const next: Run = { ...running, steps: [steps.build, { ...steps.train, progress }] };
    expect(changeLines(running, next, nowMs)).toEqual([]);
  });

  it('tell a look that saw something else', () => {
    const progress = { ...steps.train.progress, attempt: 5, message: 'job 7 is Finishing' };
    const next: Run = { ...running, steps: [steps.build, { ...steps.train, progress }] };
    expect(changeLines(running, next, nowMs)).toEqual([expect.stringContaining('job 7 is Finishing')]);
  });
});

describe('the last words on a run', () => {
  it('hold its id, status, time and what to type next', () => {
    const run: Run = { ...running, status: 'succeeded', endedAt: '2026-11-21T03:14:00.000Z' };
    expect(endingLines(run, nowMs, paint)).toEqual([
      'train-and-deploy.nightly succeeded after 14m00s',
      '  next: longhaul run get train-and-deploy.nightly -o json',
    ]);
  });

  it.each(['terminated', 'timed-out'] as const)(
    'say of a run that was %s how to stop what it has running',
    (status) => {
      const run: Run = { ...running, status, endedAt: '2026-11-21T03:08:00.000Z' };
      const left = [
        '  it could not stop what it had running',
        '  next: longhaul run cleanup train-and-deploy.nightly',
        '    or: longhaul replay plan train-and-deploy.nightly',
      ];
      const replay = ['  next: longhaul replay plan train-and-deploy.nightly'];
      const after = (one: Run) => endingLines(one, nowMs, paint).slice(1);
      expect(after(run)).toEqual(left);
      expect(after({ ...run, steps: [], notice: 'no worker answered' })).toEqual(left);
      expect(after({ ...run, steps: [steps.gate] })).toEqual(replay);
      const cleanup: Cleanup = { undone: [], leftBehind: [], afterwards: 'done' };
      expect(after({ ...run, cleanup })).toEqual(['  cleanup: done', ...replay]);
    },
  );

  it('say of a failed run where and why it failed, what was undone and what is left', () => {
    const run: Run = {
      ...running,
      status: 'failed',
      endedAt: '2026-11-21T03:14:00.000Z',
      failure: { code: 'JOB_FAILED', message: 'job 7 failed', step: 'train' },
      cleanup: {
        undone: [{ kind: 'job', id: 'j1' }],
        leftBehind: [{ kind: 'modelApiVersion', reason: 'it does not stop' }],
      },
    };
    expect(endingLines(run, nowMs, paint)).toEqual([
      'train-and-deploy.nightly failed after 14m00s: train: JOB_FAILED: job 7 failed',
      '  undone: job j1',
      '  left behind: model API version (id not known): it does not stop',
      '  → Read the log’s tail in the message, correct the program, then replay from `train`.',
      '  next: longhaul replay plan train-and-deploy.nightly',
    ]);
  });

  it('name the step that failed in what to do, whatever it is called', () => {
    const failure = { code: 'JOB_FAILED', message: 'job 7 failed', step: 'features' } as const;
    expect(endingLines({ ...running, status: 'failed', failure }, nowMs, paint)).toContain(
      '  → Read the log’s tail in the message, correct the program, then replay from `features`.',
    );
  });

  it('say when what is left is tried again, and that cleaning up goes on', () => {
    const cleanup = {
      undone: [],
      leftBehind: [{ kind: 'job', id: 'j1', reason: 'it is Running', nextTryAt: '2026-11-21T10:12:00.000Z' }],
    } as const;
    const lines = (more: Pick<Cleanup, 'afterwards'>) => cleanupLines({ ...cleanup, ...more });
    expect(lines({ afterwards: 'going-on' })).toEqual([
      '  left behind: job j1: it is Running; next try at 2026-11-21T10:12:00.000Z',
      '  cleanup: goes on until the platform has confirmed it',
    ]);
    expect(cleanupLines({ undone: [], leftBehind: [], afterwards: 'going-on' })).toEqual([
      '  cleanup: goes on looking for what a request in doubt may still make',
    ]);
    expect(cleanupLines({ undone: [], leftBehind: [], afterwards: 'cut-off' })).toEqual([
      '  cleanup: ended before it was done; `longhaul run cleanup` has it go on',
    ]);
    expect(cleanupLines({ undone: [{ kind: 'job', id: 'j1' }], leftBehind: [], afterwards: 'done' })).toEqual(
      ['  undone: job j1', '  cleanup: done'],
    );
  });

  it('give the exact commands that resolve a parked step', () => {
    expect(endingLines(parked, nowMs, paint)).toContain(
      '  next: longhaul run resolve train-and-deploy.nightly --step train --retry --reason "…"',
    );
  });

  it('give them for each parked step, also while others go on, and say only what was not said before', () => {
    const other = { ...steps.parkedTrain, name: 'other' };
    const both: Run = {
      ...{ ...running, failure: { ...steps.parkedTrain.state.failure, step: 'train' } },
      steps: [steps.parkedTrain, other, { ...steps.train, name: 'beside' }],
    };
    const lines = endingLines(both, nowMs, paint);
    expect(lines[0]).toBe('train-and-deploy.nightly running after 10m00s');
    expect(lines.filter((line) => /--retry|watch/.test(line))).toEqual([
      '  next: longhaul run resolve train-and-deploy.nightly --step train --retry --reason "…"',
      '  next: longhaul run resolve train-and-deploy.nightly --step other --retry --reason "…"',
      '    or: longhaul run watch train-and-deploy.nightly',
    ]);
    const one: Run = { ...both, steps: [steps.parkedTrain, steps.train] };
    expect(parkedLines(both, one)[0]).toContain('other is parked: QUOTA_EXCEEDED');
    expect(parkedLines(both, both)).toEqual([]);
    expect(parkedLines({ ...both, stopping: true })).toEqual([]);
  });
});

describe('a run that awaits approval', () => {
  const waiting: Run = {
    ...running,
    runId: 'retrain.nightly',
    steps: [
      {
        name: 'approve',
        tries: 1,
        references: [],
        state: {
          status: 'waiting',
          startedAt: '2026-11-21T03:05:07.000Z',
          waitingFor: 'grace to approve',
          approval: {
            model: 'iris\u001b[2J',
            version: 'v4\u001b[2J',
            metrics: { accuracy: 0.95 },
            live: { version: 3, metrics: { accuracy: 0.93, loss: 0.1 } },
            lines: [{ name: 'file', value: 'a.py\u001b[2J' }],
            digest: 'd'.repeat(64),
            changed: ['commit 1a2b → 3c4d\nsecond line'],
            by: ['grace', 'webhook:team'],
            until: '2026-11-24T10:00:00.000Z',
          },
        },
      },
    ],
  };

  it('is shown with the evidence, until when, by whom, and the commands that decide', () => {
    expect(endingLines(waiting, nowMs, paint)).toEqual([
      'retrain.nightly running after 10m00s',
      '  to be decided: iris\\u001b[2J version v4\\u001b[2J, in place of version 3, until 2026-11-24 10:00 UTC (3d06h), by grace or webhook:team',
      '    file           a.py\\u001b[2J',
      '    digest         dddddddddddddddd',
      '    METRIC    NEW   LIVE',
      '    accuracy  0.95  0.93',
      '    loss      –     0.1',
      '    changed: commit 1a2b → 3c4d\\nsecond line',
      '  next: longhaul run approve retrain.nightly --reason "…" --digest dddddddddddddddd',
      '    or: longhaul run reject retrain.nightly --reason "…" --digest dddddddddddddddd',
    ]);
  });

  it('is not asked about any more once it has ended', () => {
    const ended: Run = { ...waiting, status: 'terminated', endedAt: '2026-11-21T03:09:00.000Z' };
    expect(endingLines(ended, nowMs, paint).join()).not.toContain('to be decided');
  });
});
