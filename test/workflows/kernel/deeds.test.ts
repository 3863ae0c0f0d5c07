/** Steps that begin nothing, or that a person ends, without a server. */
import { expect, it } from '@jest/globals';
import { StepStates } from '../../../src/workflows/kernel/step-states.js';
import { Deeds, type DeedsOptions } from '../../../src/workflows/kernel/deeds.js';
import { Contexts, type ContextsOptions } from '../../../src/workflows/kernel/step-contexts.js';
import { Journal } from '../../../src/workflows/legs/journal.js';
import { EndedPause } from '../../../src/workflows/kernel/parking.js';

it('a run whose history has no more room begins no step, and none of it parks', async () => {
  const states = new StepStates({
    names: ['train'],
    generationOf: () => undefined,
    changed: () => undefined,
  });
  const parked: string[] = [];
  const deeds = new Deeds({
    states,
    origins: { begin: () => ({ references: [] }) },
    firstSends: { failed: () => undefined, isFirst: () => false },
    undo: { refused: () => undefined, settle: () => undefined },
    park: (step: string) => {
      parked.push(step);
      return Promise.reject(new Error('nobody is there'));
    },
    isFull: () => true,
    isClosing: () => false,
    isUnattended: () => false,
  } as unknown as DeedsOptions); // what a step needs that is not begun
  const step = { perform: () => Promise.reject(new Error('it was begun')) };
  const deed = { name: 'train', step, startedAt: 'now', preflight: undefined, made: 1, sinceMs: 0 };
  await expect(deeds.try(deed as never, {})).rejects.toMatchObject({ type: 'HISTORY_FULL' });
  expect(states.get('train')?.state).toMatchObject({
    status: 'failed',
    failure: { code: 'HISTORY_FULL' },
  });
  expect(parked).toEqual([]);
});

it('a step whose pause a person ends comes to what they say, and they count among those who have resolved one', async () => {
  const states = new StepStates({
    names: ['rest'],
    generationOf: () => undefined,
    changed: () => undefined,
  });
  const supplied: unknown[] = [];
  const known = {
    states,
    origins: {
      begin: () => ({ references: [] }),
      adoptedOf: () => undefined,
      effectOf: () => ({}),
      knownOf: () => ({}),
    },
    firstSends: { isFirst: () => true },
    undo: { supplied: (...what: unknown[]) => Promise.resolve(supplied.push(what)) },
  };
  const contexts = new Contexts({
    ...known,
    ...{ effectsOf: () => ({}), asked: {}, resolvers: [] },
  } as unknown as ContextsOptions); // the same
  const deeds = new Deeds({
    ...known,
    contexts,
    park: () => Promise.reject(new Error('it does not park')),
    refusalOf: () => null,
    isFull: () => false,
    isClosing: () => false,
    isUnattended: () => true,
  } as unknown as DeedsOptions); // what a step needs that pauses
  const said = { step: 'rest', actor: 'ada', ids: ['ada@x'], reason: 'now' } as const;
  const ended = new EndedPause({ ...said, action: 'skip', output: { until: 'now' } });
  const step = { perform: () => Promise.reject(ended) };
  const deed = { name: 'rest', step, startedAt: 'now', preflight: undefined, made: 1, sinceMs: 0 };
  expect(await deeds.try(deed as never, {})).toEqual({ until: 'now' });
  expect(states.get('rest')?.state).toMatchObject({ status: 'skipped', reason: 'ada: now' });
  expect(supplied).toEqual([['rest', { until: 'now' }]]);
  expect(contexts.resolvers()).toContain('ada@x');
});

it('a step whose output no run could return beside those before it parks, and takes a smaller one from a person', async () => {
  const states = new StepStates({
    names: ['ask', 'again'],
    generationOf: () => undefined,
    changed: () => undefined,
  });
  const parked: unknown[] = [];
  const known = {
    states,
    origins: {
      ...{ begin: () => ({ references: [] }), tried: () => undefined, adoptedOf: () => undefined },
      ...{ effectOf: () => ({}), knownOf: () => ({}) },
    },
    firstSends: { isFirst: () => true, failed: () => undefined },
    undo: {
      settle: () => undefined,
      refused: () => undefined,
      unsent: () => undefined,
      supplied: () => Promise.resolve(),
    },
  };
  const contexts = new Contexts({
    ...{ ...known, effectsOf: () => ({}), asked: {}, resolvers: [] },
  } as unknown as ContextsOptions); // the same
  const deeds = new Deeds({
    ...known,
    contexts,
    park: (_: string, failure: unknown) => {
      parked.push(failure);
      return Promise.resolve({ action: 'skip', actor: 'ada', ids: ['ada@x'], reason: 'short', output: {} });
    },
    refusalOf: () => null,
    isFull: () => false,
    isClosing: () => false,
    isUnattended: () => false,
  } as unknown as DeedsOptions); // what a step needs that parks
  const output = { body: 'x'.repeat(600_000) };
  const step = { perform: () => Promise.resolve(output), refersTo: () => [], reuses: () => null };
  const deed = { step, startedAt: 'now', preflight: undefined, made: 1, sinceMs: 0 };
  expect(await deeds.try({ ...deed, name: 'ask' } as never, {})).toBe(output);
  expect(await deeds.try({ ...deed, name: 'again' } as never, {})).toEqual({});
  expect(parked).toMatchObject([{ code: 'ANSWER_TOO_LARGE' }]);
  expect(states.get('ask')?.state).toMatchObject({ status: 'succeeded' });
});

it('a step that a leg before has begun looks before it sends, and what was kept then counts', async () => {
  const state = {
    status: 'succeeded',
    startedAt: 'then',
    endedAt: 'then',
    output: 'x'.repeat(600_000),
  } as const;
  const states = new StepStates({
    names: ['ask', 'again'],
    before: [{ name: 'ask', tries: 1, references: [], state }],
    generationOf: () => undefined,
    changed: () => undefined,
  });
  const tried: string[] = [];
  const known = {
    states,
    origins: {
      ...{ tried: (name: string) => tried.push(name), adoptedOf: () => undefined },
      ...{ effectOf: () => ({}), knownOf: () => ({}) },
    },
    firstSends: { isFirst: () => false },
    undo: { settle: () => undefined },
  };
  const contexts = new Contexts({
    ...{ ...known, effectsOf: () => ({}), asked: {}, resolvers: [] },
  } as unknown as ContextsOptions); // of all of it, what such a step asks
  const deeds = new Deeds({ ...known, contexts } as unknown as DeedsOptions); // the same
  const step = { perform: () => Promise.resolve({}), refersTo: () => [], reuses: () => null };
  const deed = { name: 'again', step, startedAt: 'then', made: 1, sinceMs: 0 };
  const stage = { at: 'performing', journal: new Journal({ answers: {}, times: {} }) };
  expect(await deeds.resume({ ...deed, stage } as never, () => ({}))).toEqual({});
  expect(tried).toEqual(['again']);
  expect(deeds.keep('x'.repeat(600_000))).toBe(false);
});
