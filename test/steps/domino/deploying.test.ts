/** What steps do, and in which order, that decide on a retraining, deploy a version, watch it and take it back. */
import { describe, expect, it } from '@jest/globals';
import { CancelledFailure } from '@temporalio/common';
import { decide } from '../../../src/steps/domino/decide.js';
import { deploy } from '../../../src/steps/domino/deploy.js';
import { watch } from '../../../src/steps/domino/watch.js';
import { effect, failed, recordedStep } from '../recorded-step.js';

const at = (step: string) => ({ ...effect, origin: { ...effect.origin, step } });
const previous = { modelApiId: 'm', versionId: 'v1', number: 1 };
const of = { name: 'api', project: 'a/b' };
const made = { id: 'v2', parent: 'm' };
const taking = { undo: 'takeBackModelApiVersion', ...of, previous };

describe('a deployment', () => {
  const asked = { name: 'api', environmentId: 'e' };
  const spec = { ...asked, project: 'a/b', needed: undefined };
  const started = { modelApiId: 'm', versionId: 'v2', number: 2, link: 'l', previousVersionId: 'v1' };
  const stopping = { undo: 'stopModelApiVersion', ...of };
  const own = { ...made, isOwn: true };
  const waiting = [
    'waiting',
    'version 2 of api to serve',
    { kind: 'modelApi', id: 'm', link: 'l' },
    { kind: 'modelApiVersion', id: 'v2' },
  ];
  const deployed = async (deployment: object, more: object = {}) => {
    const answers = { ensureModelApiVersion: [deployment], awaitModelApiVersion: [{ versionId: 'v2' }] };
    const { did, step } = recordedStep({ answers });
    expect(await deploy.perform(step, { ...spec, ...more } as never)).toEqual({ versionId: 'v2' });
    return did;
  };

  it('is stopped with its run, and what served before serves again', async () => {
    expect(await deployed(started)).toEqual([
      ['undo', 'running', { ...stopping, restoring: {} }],
      ['ensureModelApiVersion', { ...effect, ...asked }],
      ['answered', own, started, { ...stopping, restoring: { previous: { ...previous, number: null } } }],
      waiting,
      ['awaitModelApiVersion', { connection: 'dev', deployment: started }],
    ]);
    expect(Object.keys((await deployed(started))[4]?.[1] as object)).toEqual(['connection', 'deployment']);
  });

  it.each([
    [{ inDoubt: true, modelApiCreated: false }, { restoring: {} }],
    [{ inDoubt: true, modelApiCreated: true }, {}],
    [{ modelApiCreated: false }, {}],
  ])('looks for what served before where it may have been adopted: %j', async (more, restoring) => {
    const did = await deployed({ ...started, previousVersionId: null, ...more });
    expect(did[2]?.[3]).toEqual({ ...stopping, ...restoring });
  });

  it('holds its model, says its number as far as it is known, and takes only so long', async () => {
    const needed = { key: 'k', whenBusy: 'wait' };
    const did = await deployed({ ...started, number: null }, { needed, serveWithin: '1h' });
    expect(did[1]).toEqual(['ensureModelApiVersion', { ...effect, ...asked, hold: { key: 'k' } }]);
    expect(did[3]?.[1]).toBe('version v2 of api to serve');
    expect(did[4]?.[1]).toMatchObject({ withinMs: 3_600_000 });
    expect((await deployed(started, { serveWithin: 'soon' }))[4]?.[1]).toMatchObject({ withinMs: 0 });
  });

  it('is made from what it deploys, and leaves what undoes it', () => {
    const all = { ...spec, projectId: 'p', serveWithin: '1h' } as never;
    expect(deploy.madeFrom?.(all)).toEqual({ ...asked, project: 'a/b' });
    expect(deploy.running?.(all)).toEqual(stopping);
    const attempt = { cleanup: false, replaced: previous };
    const restoring = { ...spec, restores: true } as never;
    expect(deploy.leaves?.unfinished?.(all, attempt)).toEqual([{ target: { ...stopping, restoring: {} } }]);
    expect(deploy.leaves?.unfinished?.(restoring, attempt)).toEqual([{ target: taking }]);
    const twin = (output: object) =>
      deploy.leaves?.twin?.({ ...started, ...output } as never, restoring, attempt);
    expect(twin({})).toEqual({ target: taking, made });
    expect(twin({ previous: null })).toEqual({ target: { ...taking, previous: null }, made });
  });

  describe('that restores what served before', () => {
    const restoring = { ...spec, restores: true } as never;
    const getServing = ['getServingVersion', { connection: 'dev', project: 'a/b', modelApi: 'api' }];

    it('says what that was', async () => {
      const { did, step } = recordedStep({
        answers: {
          getServingVersion: [previous],
          ensureModelApiVersion: [started],
          awaitModelApiVersion: [{ versionId: 'v2' }],
        },
      });
      expect(await deploy.perform(step, restoring)).toEqual({ versionId: 'v2', previous });
      expect(did).toEqual([
        getServing,
        ['undo', 'running', taking, at('here')],
        ['ensureModelApiVersion', { ...effect, ...asked }],
        ['answered', own, started],
        waiting,
        ['awaitModelApiVersion', { connection: 'dev', deployment: started }],
      ]);
    });

    it.each([
      ['v5', { modelApiId: 'm', versionId: 'v5', number: null }],
      ['v1', previous],
      [null, previous],
    ])('is what the run that had the model before has put live: %j', async (previousVersionId, now) => {
      const { did, step } = recordedStep({
        answers: {
          getServingVersion: [previous],
          ensureModelApiVersion: [failed('MODEL_BUSY'), { ...started, previousVersionId }],
          awaitHold: [{ held: true, waited: true }],
          awaitModelApiVersion: [{ versionId: 'v2' }],
        },
      });
      const needed = { key: 'k', whenBusy: 'wait' };
      const held = { ...spec, restores: true, needed } as never;
      expect(await deploy.perform(step, held)).toEqual({ versionId: 'v2', previous: now });
      expect(did.find(([name]) => name === 'answered')?.[3]).toEqual({ ...taking, previous: now });
    });

    it('does not take its own version for it where an attempt before has begun', async () => {
      const begun = { ...effect, begunBefore: true };
      const { did, step } = recordedStep({
        effect: begun,
        run: { continuation: { replaced: previous } },
        answers: { ensureModelApiVersion: [started] },
      });
      await deploy.perform(step, restoring);
      expect(did[0]?.[1]).toEqual({
        ...{ connection: 'dev', project: 'a/b', modelApi: 'api' },
        ...{ origin: effect.origin, replaced: previous },
      });
    });

    it('takes a version back that does not come to serve', async () => {
      const { did, step } = recordedStep({
        answers: {
          getServingVersion: [previous],
          ensureModelApiVersion: [started],
          awaitModelApiVersion: [failed('DEPLOYMENT_FAILED', 'it crashed')],
          takeBackModelApiVersion: [{ undone: [{ kind: 'modelApiVersion', id: 'v2' }], leftBehind: [] }],
        },
      });
      const said = 'it crashed; version 1 serves again';
      await expect(deploy.perform(step, restoring)).rejects.toMatchObject({
        type: 'DEPLOYMENT_TAKEN_BACK',
        message: said,
      });
      const taken = { ...at('here'), made: own };
      const serving = {
        ...{ ...previous, previousVersionId: null, modelApiCreated: false, link: '' },
      };
      expect(did.slice(6)).toEqual([
        ['waiting', 'the previous version to serve again'],
        ['takeBackModelApiVersion', { ...taken, ...of, previous, untilConfirmed: true, awaited: true }],
        ['undone', { ...taken, target: taking }],
        ['awaitModelApiVersion', { connection: 'dev', deployment: serving, restarted: true }],
        ['record', 'taken-back', { conclusion: said }],
      ]);
    });

    it('takes back by its marker what it was not told of', async () => {
      const { did, step } = recordedStep({
        answers: {
          getServingVersion: [null],
          ensureModelApiVersion: [failed('DEPLOYMENT_FAILED', 'it crashed')],
          takeBackModelApiVersion: [{ undone: [], leftBehind: [] }],
        },
      });
      await expect(deploy.perform(step, restoring)).rejects.toMatchObject({
        message: 'it crashed; it was stopped, and nothing served before it',
      });
      expect(did.at(-2)).toEqual(['undone', { ...at('here'), target: { ...taking, previous: null } }]);
    });

    it.each([[failed('CONFLICT')], [new CancelledFailure('stop')], [new TypeError('a mistake')]])(
      'takes none back: %s',
      async (error) => {
        const { did, step } = recordedStep({
          answers: {
            getServingVersion: [null],
            ensureModelApiVersion: [started],
            awaitModelApiVersion: [error],
          },
        });
        await expect(deploy.perform(step, restoring)).rejects.toBe(error);
        expect(did.map(([name]) => name)).not.toContain('takeBackModelApiVersion');
      },
    );
  });
});

describe('a watch', () => {
  const promoted = { ...of, previous, deployStep: 'deploy' };
  const deployment = { modelApiId: 'm', versionId: 'v2', number: 2 } as never;
  const spec = { promoted, deployment, for: '10m', failures: 3 };
  const watched = async (seen: object, taken: object = {}, more: object = {}) => {
    const { did, step } = recordedStep({
      answers: { watchModelApiVersion: [seen], takeBackModelApiVersion: [taken] },
    });
    const end = await watch
      .perform(step, { ...spec, ...more })
      .catch((error: unknown) => (error as Error).message);
    return { did, end };
  };

  it('goes on as long as the version is well', async () => {
    const { did, end } = await watched({ well: true });
    expect(end).toEqual({ well: true });
    expect(did).toEqual([
      ['undo', 'running', taking, at('deploy')],
      ['answered', made, {}],
      ['waiting', 'version 2 to stay well for 10m', { kind: 'modelApiVersion', id: 'v2' }],
      ['watchModelApiVersion', { connection: 'dev', deployment, forMs: 600_000, failures: 3 }],
    ]);
    const unknown = { modelApiId: 'm', versionId: 'v2', number: null };
    const odd = await watched({ well: true }, {}, { deployment: unknown, for: 'long' });
    expect(odd.did[2]?.[1]).toBe('version v2 to stay well for long');
    expect(odd.did[3]?.[1]).toMatchObject({ forMs: 0 });
  });

  const version = (id: string) => ({ kind: 'modelApiVersion', id });
  it.each([
    [previous, ['v2'], [], 'version 1 serves again'],
    [{ ...previous, number: null }, ['v2'], [], 'version v1 serves again'],
    [previous, ['v2', 'v1'], [], 'it was stopped, and nothing served before it'],
    [previous, [], ['a newer one serves'], 'a newer one serves'],
    [null, ['v2'], [], 'it was stopped, and nothing served before it'],
    [
      null,
      [],
      [],
      'it was not stopped: another run has deployed it, or it is gone, and nothing is known to have served before it',
    ],
    [undefined, ['v2'], [], 'it was stopped, and nothing served before it'],
  ])('takes back what is unhealthy: %j, undone %j, left %j', async (before, undone, left, said) => {
    const { did, end } = await watched(
      { well: false, seen: 'it answers 500' },
      { undone: undone.map(version), leftBehind: left.map((reason) => ({ ...version('v'), reason })) },
      { promoted: { ...promoted, previous: before } },
    );
    expect(end).toBe(`it answers 500; ${said}`);
    const waits = before === null ? 'the new version to stop' : 'the previous version to serve again';
    expect(did[4]).toEqual(['waiting', waits]);
    expect(did[5]?.[1]).toMatchObject({ ...at('deploy'), made, ...of });
  });

  it('takes back where nobody knows what served before, and says what was found to serve instead', async () => {
    const { did, end } = await watched(
      { well: false, seen: 'it answers 500' },
      { undone: [version('v2')], leftBehind: [], serves: 'version 1' },
      { promoted: { ...promoted, previous: undefined } },
    );
    expect(end).toBe('it answers 500; version 1 serves again');
    expect(did[5]?.[1]).not.toHaveProperty('awaited');
  });

  it('is left to be taken back by whoever undoes a run that is gone', () => {
    const attempt = { cleanup: false, replaced: previous };
    const left = { target: taking, made, madeBy: 'deploy' };
    expect(watch.leaves?.unfinished?.(spec, { cleanup: false })).toEqual([left]);
    const unknown = { ...spec, promoted: { ...promoted, previous: undefined } };
    expect(watch.leaves?.unfinished?.(unknown, attempt)).toEqual([left]);
    const { previous: _, ...target } = taking;
    expect(watch.leaves?.unfinished?.(unknown, { cleanup: false })).toEqual([{ ...left, target }]);
  });
});

describe('a decision to retrain', () => {
  const about = {
    project: 'a/b',
    modelApi: 'api',
    model: 'dev/a/b/api',
    when: { all: [] },
  } as never as object;
  const needed = { key: 'k', whenBusy: 'wait' };
  const retrain = { verdict: 'retrain', reason: 'it is due' };
  const asking = ['decideRetraining', { connection: 'dev', ...about, runId: 'mine.k' }];
  const decided = async (need: unknown, verdicts: object[], holds: object[] = []) => {
    const { did, step } = recordedStep({ answers: { decideRetraining: verdicts, awaitHold: holds } });
    const output = await decide.perform(step, { ...about, needed: need } as never);
    return { did, output };
  };
  const recorded = ['record', 'retraining', { decision: retrain }];

  it('is written down as it is', async () => {
    const { did, output } = await decided(undefined, [retrain]);
    expect(output).toBe(retrain);
    expect(did).toEqual([asking, recorded]);
  });

  it.each([
    ['skip', 'skipped'],
    ['undecided', 'undecided'],
  ])('ends the run, and takes no model: %s', async (verdict, outcome) => {
    const decision = { verdict, reason: 'why not' };
    const { did } = await decided(needed, [decision]);
    expect(did).toEqual([asking, ['record', outcome, { decision, conclusion: 'why not' }]]);
    expect(decide.ends?.(decision as never)).toEqual({ outcome, conclusion: 'why not', isRecorded: true });
    expect(decide.ends?.(retrain as never)).toBeNull();
  });

  it('holds once the model is its own, and is made again where that took a while', async () => {
    const { did, output } = await decided(
      needed,
      [retrain, retrain],
      [
        { held: true, waited: true },
        { held: true, waited: false },
      ],
    );
    expect(output).toBe(retrain);
    expect(did.filter(([name]) => name !== 'awaitHold')).toEqual([
      ...[asking, ['waiting', 'dev/a/b/api to be free']],
      ...[asking, ['waiting', 'dev/a/b/api to be free'], recorded],
    ]);
  });

  it('is that others are busy with it', async () => {
    const { output } = await decided(needed, [retrain], [{ held: false, reason: 'other.run has it' }]);
    expect(output).toEqual({ verdict: 'busy', reason: 'other.run has it' });
    expect(decide.madeFrom?.({ ...about, needed } as never)).toEqual({ when: { all: [] } });
  });
});
