/** The states of steps, and where items stand among them. */
import { expect, it } from '@jest/globals';
import type { Step } from '../../../src/run/steps.js';
import { StepStates, withAdded } from '../../../src/workflows/kernel/step-states.js';

it('names each object once, as it was named last', () => {
  const [job, model] = [
    { kind: 'job', id: '1' },
    { kind: 'model', id: '1' },
  ];
  const linked = { ...job, link: 'https://here' };
  const other = { kind: 'job', id: '2' };
  expect(withAdded([job, model, other], [linked])).toEqual([model, other, linked]);
  expect(withAdded([job], [model, other])).toEqual([job, model, other]);
});

it('stand as a leg before has left them, and tell whose output a person has supplied', () => {
  const before: Step[] = [
    { name: 'a', tries: 1, references: [], state: { status: 'running', startedAt: 'then' } },
    { name: 'sweep.0', tries: 1, references: [], state: { status: 'running', startedAt: 'then' } },
    ...['c', 'd'].map((name): Step => ({
      ...{ name, tries: 0, references: [] },
      state: {
        status: 'skipped',
        endedAt: 'then',
        reason: 'ada: by hand',
        ...(name === 'c' && { output: 1 }),
      },
    })),
  ];
  const states = new StepStates({
    ...{ names: ['a', 'b', 'sweep', 'c', 'd'], before, generationOf: () => undefined },
    changed: () => undefined,
  });
  expect(states.all().map(({ name, state }) => `${name} ${state.status}`)).toEqual([
    ...['a running', 'b pending', 'sweep pending', 'sweep.0 running', 'c skipped', 'd skipped'],
  ]);
  expect(states.supplied()).toEqual([{ name: 'c', reason: 'ada: by hand' }]);
});

it('puts items behind their step, and keeps what they have come to', () => {
  const told: (readonly [readonly string[], Step | undefined])[] = [];
  const states = new StepStates({
    names: ['first', 'train', 'last'],
    generationOf: (name) => (name === 'train.1' ? 2 : undefined),
    changed: (steps, changed) => told.push([steps.map(({ name }) => name), changed]),
  });
  states.addItems('train', ['a', 'b']);
  states.enter('train.0', { status: 'running', startedAt: 'now' });
  states.addItems('train', ['a', 'b']);
  expect(
    states.all().map(({ name, items, item, generation, state }) => ({
      name,
      items,
      item,
      generation,
      status: state.status,
    })),
  ).toEqual([
    { name: 'first', status: 'pending' },
    { name: 'train', items: 2, status: 'pending' },
    { name: 'train.0', item: 'a', status: 'running' },
    { name: 'train.1', item: 'b', generation: 2, status: 'pending' },
    { name: 'last', status: 'pending' },
  ]);
  expect(told.map(([, changed]) => changed?.name)).toEqual([undefined, 'train', 'train.0', undefined]);
  expect(() => states.enter('other', { status: 'pending' })).toThrow('declares no step "other"');
});
