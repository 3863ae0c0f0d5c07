/** Which steps may start, and which wait for which: of graphs, and of the built-in pipelines. */
import { describe, expect, it } from '@jest/globals';
import { pipelines } from '../../src/pipelines/built-in.js';
import { type Graph, askedSteps, earlierSteps, laterSteps, startable } from '../../src/pipelines/order.js';
import type { Json } from '../../src/run/steps.js';
import { definePipeline } from '../../src/steps/define.js';
import { gate } from '../../src/steps/gate.js';

const step = (needs: readonly string[] = [], more: Partial<Graph[string]> = {}): Graph[string] => ({
  ...{ needs, reads: [] },
  ...more,
});
const holdsBack = { holdsBack: true } as const;

/** One feature step, two trainings of it, a gate on the better one, and what comes of that. */
const graph: Graph = {
  features: step(),
  deep: step(['features']),
  wide: step(['features']),
  report: step(['deep']),
  gate: step(['deep', 'wide'], holdsBack),
  register: step(['deep']),
  notify: step(),
};

const may = (ended: readonly string[], running: readonly string[] = []): string[] =>
  startable(graph, { begun: new Set([...ended, ...running]), ended: new Set(ended) });

describe('a step may start', () => {
  it('when all that it needs has ended, beside others', () => {
    expect(may([])).toEqual(['features']);
    expect(may([], ['features'])).toEqual([]);
    expect(may(['features'])).toEqual(['deep', 'wide']);
    expect(may(['features', 'deep'], ['wide'])).toEqual(['report']);
  });

  it('when all that it reads has ended', () => {
    const reading = { made: step(), shown: step([], { reads: ['made'] }) };
    const none = new Set<string>();
    expect(startable(reading, { begun: none, ended: none })).toEqual(['made']);
    const made = new Set(['made']);
    expect(startable(reading, { begun: made, ended: made })).toEqual(['shown']);
  });

  it('only when what can say no in front of it has ended, even if it needs nothing', () => {
    expect(may(['features', 'deep', 'wide'], ['report'])).toEqual(['gate']);
    expect(may(['features', 'deep', 'wide', 'report'], ['gate'])).toEqual([]);
    expect(may(['features', 'deep', 'wide', 'report', 'gate'])).toEqual(['register', 'notify']);
  });

  it('without what the input leaves out', () => {
    const none = new Set<string>();
    expect(startable({ train: step(['build']) }, { begun: none, ended: none })).toEqual(['train']);
  });
});

describe('the order of steps', () => {
  it('tells what has ended before a step starts, and what starts only after it', () => {
    expect([...(earlierSteps(graph).get('register') ?? [])]).toEqual(['features', 'deep', 'wide', 'gate']);
    expect([...(earlierSteps(graph).get('report') ?? [])]).toEqual(['features', 'deep']);
    expect([...laterSteps(graph, 'wide')]).toEqual(['gate', 'register', 'notify']);
    expect([...laterSteps(graph, 'report')]).toEqual([]);
  });
});

describe('a pipeline', () => {
  // A revision without an environment is refused at the door.
  const parts = ['gate', 'compare', 'register', 'approval', 'deploy'];
  const beginnings = [[], ['environment'], ['environment', 'revision']];
  const inputs: readonly Json[] = Array.from({ length: 2 ** parts.length }, (_, bits) =>
    parts.filter((_part, at) => (bits >> at) % 2 === 1),
  ).flatMap((asked) =>
    beginnings.map((first) => Object.fromEntries([...first, ...asked].map((part) => [part, {}]))),
  );

  it.each(Object.keys(pipelines) as (keyof typeof pipelines)[])(
    '%s does one step after the other, in its order, whatever its input leaves out',
    (name) => {
      for (const input of inputs) {
        const asked = askedSteps(pipelines[name].steps, input);
        const done: string[] = [];
        for (;;) {
          const next = startable(asked, { begun: new Set(done), ended: new Set(done) });
          expect(next.length).toBeLessThanOrEqual(1);
          if (next[0] === undefined) break;
          done.push(next[0]);
        }
        expect(done).toEqual(Object.keys(asked));
      }
    },
  );

  it('is refused whose step needs one that does not come before it', () => {
    expect(() =>
      definePipeline<object, { first: Json; second: Json }, null>({
        ...{ name: 'odd', workflow: 'odd', overlap: 'skip', result: () => null },
        preflights: () => [],
        steps: (place) => ({
          first: place(gate, { needs: ['second'], with: () => null }),
          second: place(gate, { with: () => null }),
        }),
      }),
    ).toThrow('odd: "first" needs "second", which does not come before it');
  });
});
