/** The states of steps, and where items stand among them. */
import { expect, it } from '@jest/globals';
import type { Step } from '../../../src/run/steps.js';
import { StepStates } from '../../../src/workflows/kernel/step-states.js';

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
