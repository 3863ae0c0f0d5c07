/** How a run is seen while it goes on, within an execution of the SDK. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import { tagOf } from '../../../src/run/search-attributes.js';
import type { ViewLeg } from '../../../src/run/legs.js';
import type { RunEvent, Step } from '../../../src/run/steps.js';
import { type RunView, type Viewed, createRunView } from '../../../src/workflows/kernel/run-view.js';
import { Inside, beganAt } from '../inside.js';

afterEach(() => {
  jest.useRealTimers();
});

const step = (name: string, state: object, more: Partial<Step> = {}): Step =>
  ({ name, tries: 1, references: [], state, ...more }) as Step; // a state of the table
const running = { status: 'running', startedAt: beganAt };
const parked = (code: string) => ({
  status: 'parked',
  startedAt: beganAt,
  parkedAt: beganAt,
  failure: { code, message: code },
});
const succeeded = { status: 'succeeded', startedAt: beganAt, endedAt: beganAt, output: 1 };
const refused = { code: 'CONFLICT', message: 'no' } as const;

async function open(more: Partial<Viewed> = {}, info: object = {}) {
  const inside = new Inside(info);
  const attempt = { runId: 'churn.x', attemptId: 'a1', originalId: 'a1', isReset: false, startedAt: beganAt };
  const views: RunView[] = [];
  await inside.call(() => {
    views.push(
      createRunView('churn', {
        ...{ connection: 'dev', names: [], attempt, trigger: { kind: 'cli', by: 'ada' } },
        ...more,
      }),
    );
  });
  const [view] = views;
  if (view === undefined) throw new Error('there is no view');
  const events = async (after = 0) => (await inside.query('events', after)) as RunEvent[];
  return { inside, view, events };
}

describe('a run as it is seen', () => {
  it('names its connections only where there are several', async () => {
    const one = await open({ connections: ['dev'] });
    expect(await one.inside.query('run')).not.toHaveProperty('connections');
    const two = await open({ connections: ['dev', 'prod'] });
    expect(await two.inside.query('run')).toMatchObject({ connections: ['dev', 'prod'], status: 'running' });
  });

  it('is parked only while nothing goes on, and says so in lists', async () => {
    const { inside, view } = await open();
    view.show([step('a', parked('CONFLICT')), step('b', running)]);
    await inside.call(() => void view.stand());
    expect([view.run().status, inside.said()]).toMatchObject([
      'running',
      { LonghaulStatus: 'partly-parked', LonghaulStep: 'a', LonghaulFailure: 'CONFLICT' },
    ]);
    view.show([step('a', parked('CONFLICT')), step('b', succeeded)]);
    await inside.call(() => void view.stand());
    expect([view.run().status, inside.said()]).toMatchObject(['parked', { LonghaulStatus: 'parked' }]);
    await inside.call(() => void view.stand('a'));
    expect(view.run()).not.toHaveProperty('failure');
    expect([view.run().status, inside.said()]).toMatchObject([
      'running',
      { LonghaulStatus: 'running', LonghaulFailure: null },
    ]);
    // It parks again.
    const a = step('a', parked('CONFLICT'));
    view.show([a, step('b', succeeded)], a);
    await inside.call(() => void view.stand());
    expect(view.run().status).toBe('parked');
  });

  it('announces how it stands only where that is news', async () => {
    const { inside, view, events } = await open();
    view.show([step('a', parked('CONFLICT'))]);
    for (let times = 0; times < 3; times += 1) await inside.call(() => void view.stand());
    expect((await events()).map(({ type }) => type)).toEqual(['run', 'run']);
  });

  it('shows that it will fail from the next time on that it says how it stands', async () => {
    const { inside, view } = await open();
    view.show([step('a', { ...succeeded, status: 'failed', failure: refused }), step('b', running)]);
    view.fail({ step: 'a', failure: refused });
    expect(view.run()).not.toHaveProperty('failure');
    await inside.call(() => void view.stand());
    expect(view.run()).toMatchObject({ status: 'running', failure: { ...refused, step: 'a' } });
    // Nobody must look after a step of it.
    expect(inside.said()).toMatchObject({ LonghaulStatus: 'running', LonghaulFailure: 'CONFLICT' });
  });

  it('has an end, a result and no failure of before when it has succeeded', async () => {
    const { inside, view } = await open();
    view.show([
      step('a', succeeded),
      step('b', { status: 'skipped', endedAt: beganAt, reason: 'x' }, { tries: 0 }),
    ]);
    await inside.call(() => void view.enter('parked', { step: 'a', failure: refused }));
    expect(view.run()).not.toHaveProperty('endedAt');
    await inside.pass(5_000);
    await inside.call(() => void view.enter('succeeded', { result: 7 }));
    expect(view.run()).toMatchObject({ status: 'succeeded', result: 7, endedAt: '2027-01-04T08:00:05.000Z' });
    expect(view.run()).not.toHaveProperty('failure');
    // The last step that has done anything.
    expect(inside.said()).toMatchObject({ LonghaulStep: 'a', LonghaulFailure: null });
    expect(inside.metered()).toEqual([
      ['runEnded', { pipeline: 'churn', status: 'succeeded', code: undefined, lastedMs: 5_000 }],
    ]);
  });

  it('has one fingerprint, of its failure, among its other tags', async () => {
    const { inside, view } = await open();
    await inside.call(() => void view.enter('parked', { step: 'a', failure: refused }));
    const first = inside.said()['LonghaulTags'];
    expect(first).toEqual([expect.stringMatching(/^fingerprint[=:][0-9a-f]{12}$/)]);
    await inside.call(() => void view.enter('parked', { step: 'a.3', failure: refused }));
    expect(inside.said()['LonghaulTags']).toEqual(first); // items of one step fail by one cause
    await inside.call(() => void view.enter('failed', { step: 'b', failure: refused }));
    expect(inside.said()['LonghaulTags']).toHaveLength(1);
    expect(inside.said()['LonghaulTags']).not.toEqual(first);
    await inside.call(() => void view.enter('succeeded', {}));
    expect(inside.said()['LonghaulTags']).toEqual([]);
  });

  it('keeps the tags that it was started with, and says what was undone', async () => {
    const typedSearchAttributes = new TypedSearchAttributes([
      {
        key: defineSearchAttributeKey('LonghaulTags', 'KEYWORD_LIST'),
        value: ['team=ml', tagOf('fingerprint', 'old')],
      },
    ]);
    const { inside, view, events } = await open(
      { lineage: { by: 'ada' } as never },
      { typedSearchAttributes },
    );
    const cleanup = { undone: [], leftBehind: [] };
    await inside.call(() => void view.enter('failed', { failure: refused, cleanup }));
    expect(inside.said()['LonghaulTags']).toEqual([
      'team=ml',
      expect.stringMatching(/^fingerprint[=:][0-9a-f]{12}$/),
    ]);
    expect(view.run()).toMatchObject({ lineage: { by: 'ada' }, failure: refused, cleanup });
    expect(view.run().failure).not.toHaveProperty('step');
    expect((await events()).at(-1)).toMatchObject({ run: { status: 'failed', failure: refused, cleanup } });
  });

  it('reports a step when it has ended or parks, and an item for its step', async () => {
    const { inside, view } = await open();
    const show = (...steps: Step[]) => view.show(steps, steps.at(-1));
    const ended = (status: string) => ({ ...succeeded, status, failure: refused });
    show(step('a', parked('CONFLICT')));
    show(step('a', running));
    show(step('a', ended('failed')));
    const b = step('b.3', ended('cancelled'));
    show(b);
    show(b); // it says nothing new
    show(step('c', succeeded, { items: 3 }));
    show(step('d', { status: 'skipped', endedAt: beganAt, reason: 'x' }));
    expect(inside.metered()).toEqual([
      ['stepParked', { pipeline: 'churn', step: 'a', code: 'CONFLICT' }],
      ['stepEnded', { pipeline: 'churn', step: 'a', status: 'failed', lastedMs: 0 }],
      ['stepEnded', { pipeline: 'churn', step: 'b', status: 'cancelled', lastedMs: 0 }],
    ]);
  });

  it('counts a tick of a schedule once, and none of its replays', async () => {
    const trigger = { kind: 'schedule', schedule: 'nightly' } as never; // a trigger of a schedule
    const ticked = async (more: Partial<Viewed>) => (await open({ trigger, ...more })).inside.metered();
    expect(await ticked({})).toEqual([['ticked', { pipeline: 'churn', decision: 'started' }]]);
    expect(await ticked({ lineage: { by: 'ada' } as never })).toEqual([]);
  });
});

describe('the changes of a run', () => {
  it('are told from a number on, each with its time', async () => {
    const { inside, view, events } = await open();
    const a = step('a', running);
    view.show([a], a);
    await inside.pass(1_000);
    await inside.call(() => void view.enter('succeeded', {}));
    expect(await events(1)).toEqual([
      { type: 'step', step: a, number: 2, at: beganAt },
      {
        type: 'run',
        run: { status: 'succeeded', endedAt: expect.any(String) },
        number: 3,
        at: '2027-01-04T08:00:01.000Z',
      },
    ]);
    expect(await events(3)).toEqual([]);
  });

  it('of a leg before are told as they stood last, and numbers go on', async () => {
    const first = await open();
    const [a, again] = [step('a', running), step('a', succeeded)];
    first.view.show([a], a);
    first.view.show([again], again);
    const view = JSON.parse(JSON.stringify(first.view.told())) as ViewLeg;
    expect(view).toMatchObject({ count: 3, run: { status: 'running', number: 1 } });
    const second = await open({ before: { view, steps: [again] } });
    const b = step('b', running);
    second.view.show([again, b], b);
    expect((await second.events()).map(({ type, number }) => [type, number])).toEqual([
      ['run', 1],
      ['step', 3],
      ['step', 4],
    ]);
  });
});

describe('what Temporal’s own Web UI shows', () => {
  it('is each step with what it waits for or failed by, and of items those with news', async () => {
    const { inside, view } = await open();
    const item = { index: 0, of: 'c' } as never; // what an item says of itself
    view.show([
      step('a', { ...running, status: 'waiting', waitingFor: 'job 7 to end' }),
      step('b', { ...succeeded, status: 'failed', failure: refused }),
      step('c', running),
      step('c.0', succeeded, { item }),
      step('c.1', { status: 'pending' }, { item }),
      step('c.2', running, { item }),
    ]);
    expect(inside.details().split('\n')).toEqual([
      '1. a **waiting**: job 7 to end',
      '2. b **failed**: no',
      '3. c **running**',
      '4. c.2 **running**',
    ]);
  });
});
