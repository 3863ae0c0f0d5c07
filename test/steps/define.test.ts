/** What follows from a kind and its place in a pipeline, where they state all of it and where they state nothing. */
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../src/run/json.js';
import { type StepKind, definePipeline } from '../../src/steps/define.js';

type Outputs = { first: Json; second: Json };
const bare = { kind: 'bare', holds: {}, perform: () => Promise.resolve('done') } as unknown as StepKind<
  object,
  Json
>;
const target = { undo: 'stopJobs', project: 'a/b' };
const made = { id: 'j' };
const full = {
  ...bare,
  mayHold: { jobId: 'an id' },
  madeFrom: ({ a }: { a: number }) => ({ a }),
  running: () => target,
  lasting: (output: Json) => ({ target, made: { id: output } }),
  leaves: {
    beside: (output: Json) => ({ target, made: { id: output } }),
    twin: (...of: unknown[]) => ({ target, of }),
  },
  foretold: (spec: object) => spec,
  refersTo: (id: Json) => [{ kind: 'job', id }],
  fault: (...of: unknown[]) => JSON.stringify(of),
  ends: (conclusion: Json) => ({ outcome: 'over', conclusion }),
  perform: (...of: unknown[]) => Promise.resolve(of),
} as unknown as StepKind<object, Json>;

const { steps, ...pipeline } = definePipeline<{ asks?: boolean }, Outputs, Json>({
  ...{ name: 'toy', workflow: 'toy', overlap: 'skip' },
  preflights: () => [],
  steps: (place) => ({
    first: place(bare, { with: (input) => input }),
    second: place(full, {
      needs: ['first'],
      reads: [],
      allowedBy: ['first'],
      connection: 'other',
      if: ({ asks }) => asks === true,
      on: ({ asks }) => `asks ${asks}`,
      projectOf: () => 'a/b',
      passes: (_input, { first }, seen) => ({ reason: JSON.stringify([first, seen]) }),
      refusal: (_input, { first }, seen) => ({ code: 'CONFLICT', message: JSON.stringify([first, seen]) }),
      with: (_input, { first }, seen) => ({ first, seen }),
    }),
  }),
  result: (input, outputs, ending, seen) => [input, outputs, ending, seen] as never,
});
const { first, second } = steps;
if (first === undefined || second === undefined) throw new Error('there are two');
const attempt = { cleanup: false };

describe('a step that states nothing', () => {
  it('needs nothing, is made from all of its spec, and leaves and brings about nothing', () => {
    expect(first).toMatchObject({ kind: 'bare', needs: [], reads: [], madeOf: [], isOptional: false });
    expect(first).not.toHaveProperty('mayHold');
    expect([first.isAsked({}), first.on({}), first.projectOf({})]).toEqual([true, '', undefined]);
    expect([first.passes({}, {}), first.refusal({}, {})]).toEqual([null, null]);
    expect([first.specOf({ a: 1 }, {}), first.madeFrom({ a: 1 })]).toEqual([{ a: 1 }, { a: 1 }]);
    expect([first.running({}), first.lasting('x'), first.beside('x')]).toEqual([null, null, null]);
    expect([first.unfinished({}, attempt), first.twin('x', {}, attempt)]).toEqual([[], null]);
    expect([first.foretold({}), first.fault('x', {}), first.ends('x')]).toEqual([null, null, null]);
    expect(first.refersTo('x')).toEqual([]);
  });
});

describe('a step that states all', () => {
  it('is as its kind and its place say', async () => {
    const facts = {
      needs: ['first'],
      reads: ['first'],
      madeOf: ['first'],
      connection: 'other',
      isOptional: true,
    };
    expect(second).toMatchObject({ ...facts, mayHold: { jobId: 'an id' } });
    expect([second.isAsked({}), second.isAsked({ asks: true })]).toEqual([false, true]);
    expect([second.on({ asks: true }), second.projectOf({})]).toEqual(['asks true', 'a/b']);
    expect(second.passes({}, { first: 1 })).toEqual({ reason: '[1,{}]' });
    expect(second.refusal({}, { first: 1 })).toEqual({ code: 'CONFLICT', message: '[1,{}]' });
    expect(second.specOf({}, { first: 1 })).toEqual({ first: 1, seen: {} });
    expect(second.madeFrom({ a: 1, b: 2 })).toEqual({ a: 1 });
    expect([second.running({}), second.unfinished({}, attempt)]).toEqual([target, [{ target }]]);
    expect([second.lasting('j'), second.beside('j')]).toEqual([
      { target, made },
      { target, made },
    ]);
    expect(second.twin('j', { a: 1 }, attempt)).toEqual({ target, of: ['j', { a: 1 }, attempt] });
    expect([second.foretold({ a: 1 }), second.refersTo('j')]).toEqual([{ a: 1 }, [{ kind: 'job', id: 'j' }]]);
    expect([second.fault('j', { a: 1 }), second.fault('j', undefined)]).toEqual([
      '["j",{"a":1}]',
      '["j",null]',
    ]);
    expect(second.ends('why')).toEqual({ outcome: 'over', conclusion: 'why' });
    expect(await second.perform({ step: 1 } as never, { a: 1 })).toEqual([{ step: 1 }, { a: 1 }]);
  });

  it('is told what of the run it may see', () => {
    const seen = { run: { outcome: 'failed', reason: '', failed: [], left: [] } };
    expect(second.specOf({}, { first: 1 }, seen)).toEqual({ first: 1, seen });
    expect(second.passes({}, { first: 1 }, seen)?.reason).toContain('failed');
    expect(second.refusal({}, { first: 1 }, seen)?.message).toContain('failed');
  });
});

describe('a pipeline', () => {
  it('cleans up where its input says so, and nowhere else', () => {
    for (const input of [null, 'cleanup', {}, { cleanup: 'true' }, { cleanup: false }, { other: true }])
      expect(pipeline.cleansUp(input)).toBe(false);
    expect(pipeline.cleansUp({ cleanup: true })).toBe(true);
  });

  it('writes down no outcome of its own, and hands over what it says', () => {
    expect(pipeline.end({})).toBeNull();
    expect(pipeline.result({}, { first: 1 }, null)).toEqual([{}, { first: 1 }, null, {}]);
    expect(pipeline).not.toHaveProperty('last');
  });

  it('says otherwise when it cleans up, how it ends, and what it does last', () => {
    const other = definePipeline<object, { first: Json }, Json>({
      ...{ name: 'other', workflow: 'toy', overlap: 'skip', preflights: () => [], result: () => null },
      cleansUp: () => true,
      steps: (place) => ({ first: place(bare, { isLast: true, with: () => null }) }),
      last: { withinMs: 5, steps: (place) => ({ first: place(bare, { with: () => null }) }) },
      end: (_outputs, seen) => ({ outcome: 'ended', conclusion: JSON.stringify(seen) }),
    });
    expect([other.cleansUp({}), other.last?.withinMs, Object.keys(other.last?.steps ?? {})]).toEqual([
      ...[true, 5, ['first']],
    ]);
    expect(other.end({})).toEqual({ outcome: 'ended', conclusion: '{}' });
    expect(other.steps['first']?.isOptional).toBe(true);
  });
});
