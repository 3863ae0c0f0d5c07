/** Steps that wait for a person: who may say what, within an execution of the SDK. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createParking } from '../../../src/workflows/kernel/parking.js';
import { Inside } from '../inside.js';
import { toyPipeline } from '../toy-pipeline.js';

afterEach(() => {
  jest.useRealTimers();
});

async function open() {
  const inside = new Inside();
  const kept = new Map([['approve', 'nobody supplies an approval']]);
  const parking = createParking(toyPipeline({ a: {}, b: {}, approve: {} }), kept);
  const said = new Map<string, unknown>();
  const note = (step: string, waiting: Promise<unknown>): void => {
    waiting.then(
      (resolution) => said.set(step, resolution ?? 'over'),
      (error: unknown) => said.set(step, error),
    );
  };
  await inside.call(() => {
    parking.listen();
  });
  const park = (...steps: string[]) =>
    inside.call(() => {
      for (const step of steps) note(step, parking.park(step));
    });
  const pause = (step: string, forMs: number) =>
    inside.call(() => {
      note(step, parking.pause(step, forMs));
    });
  const resolve = (more: object = {}) =>
    inside.update('resolve', { step: 'a', action: 'retry', actor: 'grace', reason: 'seen', ...more });
  return { inside, parking, said, park, pause, resolve };
}

const output = { jobId: 'j1', value: 1 };

describe('a resolution', () => {
  it('is refused for what is not parked, and says what is', async () => {
    const { park, resolve, said } = await open();
    const refused = (which: string) => ({
      ...{ type: 'STEP_NOT_PARKED', message: `"a" cannot be resolved: ${which}` },
    });
    expect(await resolve()).toEqual(refused('no step is parked'));
    await park('b');
    expect(await resolve()).toEqual(refused('the parked step is "b"'));
    await park('approve');
    expect(await resolve()).toEqual(refused('the parked steps are "b", "approve"'));
    expect(await resolve({ step: 'b' })).toBeNull();
    expect(await resolve({ step: 'b' })).toMatchObject({ type: 'STEP_NOT_PARKED' });
    expect([...said]).toMatchObject([['b', { step: 'b', action: 'retry', actor: 'grace' }]]);
  });

  it.each([
    [{ actor: ' ' }, 'a resolution needs an actor and a reason'],
    [{ reason: '\n' }, 'a resolution needs an actor and a reason'],
    [{ action: 'skip', output: { jobId: 'j1' } }, expect.stringContaining('lacks')],
    [{ step: 'approve', action: 'skip', output }, 'nobody supplies an approval'],
  ])('is refused that cannot count: %j', async (more, message) => {
    const { park, resolve, said } = await open();
    await park('a', 'approve');
    expect(await resolve(more)).toEqual({ type: 'RESOLUTION_INVALID', message });
    expect(said.size).toBe(0);
  });

  it('of a step that is kept may be another than an output', async () => {
    const { park, resolve } = await open();
    await park('a', 'approve');
    expect(await resolve({ step: 'approve' })).toBeNull();
    expect(await resolve({ action: 'skip', output })).toBeNull();
  });
});

describe('a pause', () => {
  it('is over after its time, and resolved by nobody then', async () => {
    const { inside, pause, resolve, said } = await open();
    await pause('a', 60_000);
    await inside.pass(59_999);
    expect(said.size).toBe(0);
    await inside.pass(1);
    expect(said.get('a')).toBe('over');
    expect(await resolve({ action: 'skip', output })).toMatchObject({ type: 'STEP_NOT_PARKED' });
  });

  it('is ended by a person, who skips it or aborts: nothing of it has failed', async () => {
    const { pause, resolve, said } = await open();
    await pause('a', 60_000);
    expect(await resolve()).toEqual({
      type: 'RESOLUTION_INVALID',
      message: '"a" pauses, and nothing of it has failed: skip it to go on now, or abort',
    });
    expect(await resolve({ action: 'skip', output })).toBeNull();
    expect(said.get('a')).toMatchObject({ resolution: { action: 'skip', output } });
  });
});

it('nobody is heard any more when the run comes to its end', async () => {
  const { inside, parking, park, pause, resolve, said } = await open();
  await park('a');
  await pause('b', 60_000);
  await inside.call(() => {
    parking.giveUp();
  });
  for (const step of ['a', 'b'])
    expect(said.get(step)).toMatchObject({ message: 'the run comes to its end' });
  expect(await resolve()).toMatchObject({ message: '"a" cannot be resolved: no step is parked' });
});
