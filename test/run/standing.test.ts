/** How a run stands while it goes on, told by its steps. */
import { describe, expect, it } from '@jest/globals';
import type { FailureCode } from '../../src/run/failures/errors.js';
import { standingOf } from '../../src/run/standing.js';
import type { Step, StepState } from '../../src/run/steps.js';

const at = (minute: number): string => `2026-11-21T10:0${minute}:00.000Z`;
const step = (name: string, state: StepState): Step => ({ name, tries: 1, references: [], state });
const parked = (name: string, minute: number, code: FailureCode = 'QUOTA_EXCEEDED'): Step =>
  step(name, {
    ...{ status: 'parked', startedAt: at(0), parkedAt: at(minute) },
    failure: { code, message: `of ${name}` },
  });
const running = step('beside', { status: 'running', startedAt: at(0) });
const waiting = step('approve', { status: 'waiting', startedAt: at(0), waitingFor: 'ada' });
const done = step('done', { status: 'succeeded', startedAt: at(0), endedAt: at(1), output: {} });
const none: ReadonlySet<string> = new Set();
const said = (steps: readonly Step[], resolved = none) => {
  const standing = standingOf(steps, resolved);
  return [standing.status, standing.parked?.step ?? null];
};

describe('a run', () => {
  it('is parked while nothing of it goes on but parked steps', () => {
    expect(said([done, parked('train', 1), step('deploy', { status: 'pending' })])).toEqual([
      'parked',
      'train',
    ]);
    expect(said([done, running])).toEqual(['running', null]);
  });

  it('is running while another step runs, waits or was just resolved, and names the parked one all the same', () => {
    expect(said([running, parked('train', 1)])).toEqual(['running', 'train']);
    expect(said([waiting, parked('train', 1)])).toEqual(['running', 'train']);
    expect(said([parked('train', 1), parked('other', 2)], new Set(['train']))).toEqual(['running', 'other']);
    expect(said([parked('train', 1)], new Set(['train']))).toEqual(['running', null]);
  });

  it('does not go on by a step that waits for items of which none goes on', () => {
    const train: Step = {
      ...step('train', { status: 'waiting', startedAt: at(0), waitingFor: 'its 2 items' }),
      items: 2,
    };
    expect(said([train, parked('train.0', 1), parked('train.1', 2)])).toEqual(['parked', 'train.0']);
    expect(said([train, parked('train.0', 1), step('train.1', running.state)])).toEqual([
      'running',
      'train.0',
    ]);
  });

  it('shows the step that was parked first, but one that goes on with its connection before any other', () => {
    const [first, second] = [parked('first', 1), parked('second', 2)];
    expect(said([second, first])).toEqual(['parked', 'first']);
    expect(said([first, second, parked('third', 3, 'CREDENTIALS_REJECTED')])).toEqual(['parked', 'third']);
    expect(standingOf([first], none).parked?.failure).toEqual({
      code: 'QUOTA_EXCEEDED',
      message: 'of first',
    });
  });
});
