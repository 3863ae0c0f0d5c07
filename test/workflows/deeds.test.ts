/** A step that begins nothing, without a server. */
import { expect, it } from '@jest/globals';
import { StepStates } from '../../src/workflows/step-states.js';
import { Deeds, type DeedsOptions } from '../../src/workflows/deeds.js';

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
