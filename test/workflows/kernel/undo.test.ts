/** What a run undoes, in which order, and what goes on after it, within an execution of the SDK. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { UndoLeg } from '../../../src/run/legs.js';
import type { Cleanup } from '../../../src/run/steps.js';
import type { UndoCall, Undoing, Undone } from '../../../src/run/undoing/effect.js';
import { createUndoStack } from '../../../src/workflows/kernel/undo.js';
import { Inside, beganAt } from '../inside.js';

afterEach(() => {
  jest.useRealTimers();
});

const origin = { runId: 'churn.x', firstAttemptId: 'a1', generation: 1 };
const callOf = (step: string, undo = 'stopJobs'): UndoCall => ({
  ...{ connection: 'dev', begunBefore: false, origin: { ...origin, step } },
  target: { undo },
});
const job = (id: string) => ({ kind: 'job', id });
const stopped = (id: string): Undone => ({ undone: [job(id)], leftBehind: [] });

function open(
  answer: (undoing: Undoing) => Undone | Error | Promise<Undone> = () => stopped('j'),
  before?: UndoLeg,
  isReplaying = false,
) {
  const inside = new Inside({}, { isReplaying });
  /** The step of each undoing, and what else it is told. */
  const asked: (readonly [step: string, undo: string, told: Partial<Undoing>])[] = [];
  const perform = (undo: string) => (undoing: Undoing) => {
    const { connection: _, origin: of, begunBefore: __, ...told } = undoing;
    asked.push([of.step, undo, told]);
    const came = answer(undoing);
    return came instanceof Error ? Promise.reject(came) : Promise.resolve(came);
  };
  const attempt = { runId: 'churn.x', attemptId: 'a1', originalId: 'a1', isReset: false, startedAt: beganAt };
  const stack = createUndoStack({
    ...{ connection: 'dev', attempt, before, track: (effect) => effect },
    effectsOf: () => ({ stopJobs: perform('stopJobs'), archiveEnvironment: perform('archiveEnvironment') }),
  });
  const undo = async (...args: Parameters<typeof stack.perform>): Promise<unknown> => {
    let came: unknown;
    await inside.call(() => {
      stack.perform(...args).then(
        (cleanup) => (came = cleanup),
        (error: unknown) => (came = error),
      );
    });
    return came;
  };
  /** The calls that the workflow was given which goes on after the run. */
  const handedOver = () => inside.children().flatMap(([, of]) => (of as { calls: UndoCall[] }).calls);
  return { inside, stack, asked, perform: undo, handedOver };
}

const failed = ApplicationFailure.nonRetryable('is away', 'PLATFORM_UNAVAILABLE');

describe('what a run undoes', () => {
  it('is undone last made first, of the kinds that are asked for', async () => {
    const { stack, asked, perform } = open();
    stack.add({ step: 'env', kind: 'lasting', call: callOf('env', 'archiveEnvironment') })({ id: 'e1' }, {});
    stack.add({ step: 'train', kind: 'running', call: callOf('train') })({ id: 'j1' }, {});
    stack.add({ step: 'sweep', kind: 'running', call: callOf('sweep') })({ id: 'j2' }, {});
    await perform(['running']);
    expect(asked).toEqual([
      ['sweep', 'stopJobs', { made: { id: 'j2' } }],
      ['train', 'stopJobs', { made: { id: 'j1' } }],
    ]);
    asked.length = 0;
    await perform(['running', 'lasting']);
    expect(asked.map(([step]) => step)).toEqual(['sweep', 'train', 'env']);
  });

  it('is asked to stop at once where it is apart; what others may need waits for that', async () => {
    let stop: (undone: Undone) => void = () => undefined;
    const stopping = new Promise<Undone>((resolve) => (stop = resolve));
    const { inside, stack, asked, perform } = open(({ origin: { step } }) =>
      step === 'first' ? stopping : stopped('j2'),
    );
    stack.add({ step: 'env', kind: 'lasting', call: callOf('env', 'archiveEnvironment') });
    for (const step of ['last', 'first']) stack.add({ step, kind: 'running', call: callOf(step) });
    await perform(['running', 'lasting']);
    expect(asked.map(([step]) => step)).toEqual(['first', 'last']);
    stop(stopped('j1'));
    await inside.pass(0);
    expect(asked.map(([step]) => step)).toEqual(['first', 'last', 'env']);
  });

  it('is asked to stop fifty at once, and beside others of its kind alone', async () => {
    const { stack, asked, perform, inside } = open(() => new Promise(() => undefined));
    stack.add({ step: 'env', kind: 'running', call: callOf('env', 'archiveEnvironment') });
    for (let number = 0; number < 51; number += 1)
      stack.add({ step: `s${number}`, kind: 'running', call: callOf(`s${number}`) });
    await perform(['running']);
    await inside.pass(1);
    expect(asked.map(([step]) => step)).toEqual(Array.from({ length: 50 }, (_, index) => `s${50 - index}`));
  });

  it('of one step alone, is that', async () => {
    const { stack, asked, perform } = open();
    for (const step of ['train', 'sweep']) stack.add({ step, kind: 'running', call: callOf(step) });
    await perform(['running'], 'train');
    expect(asked.map(([step]) => step)).toEqual(['train']);
  });

  it('that was tried again is undone once, by its last word', async () => {
    const { stack, asked, perform } = open();
    const undo = { step: 'train', kind: 'running', call: callOf('train') } as const;
    stack.add(undo)({ id: 'j1' }, {});
    stack.add(undo)({ id: 'j2' }, {});
    expect(await perform(['running'])).toEqual(stopped('j'));
    expect(asked).toEqual([['train', 'stopJobs', { made: { id: 'j2' } }]]);
  });

  it('is not what a step had running that has ended', async () => {
    const { stack, asked, perform } = open();
    stack.add({ step: 'train', kind: 'running', call: callOf('train') });
    stack.add({ step: 'train', kind: 'lasting', call: callOf('train', 'archiveEnvironment') });
    stack.settle('train');
    await perform(['running', 'lasting']);
    expect(asked.map(([, undo]) => undo)).toEqual(['archiveEnvironment']);
  });

  it('that is not undone is left behind for what goes on after the run', async () => {
    const { stack, perform, handedOver } = open(() => failed);
    stack.add({ step: 'train', kind: 'running', call: callOf('train') })({ id: 'j1' }, {});
    expect(await perform(['running'])).toEqual({
      ...{ undone: [], leftBehind: [{ ...job('j1'), reason: 'is away' }], afterwards: 'going-on' },
    });
    expect(handedOver()).toEqual([expect.objectContaining({ made: { id: 'j1' }, asked: [] })]);
    expect(stack.isInDoubt()).toBe(true);
  });

  it('that goes on after the run is reported as it came to its end, where the run still went on', async () => {
    const left = { ...job('j2'), reason: 'somebody else uses it', lasting: true } as const;
    const { inside, stack, perform } = open(({ origin: of }) =>
      of.step === 'train' ? failed : { undone: [], leftBehind: [left] },
    );
    for (const step of ['train', 'sweep'])
      stack.add({ step, kind: 'running', call: callOf(step) })({ id: step }, {});
    await perform(['running'], 'train');
    await perform(['running'], 'sweep');
    const [child] = inside.children();
    await inside.end(child?.[0] ?? '', { undone: [job('train')], leftBehind: [] });
    let report: Cleanup | undefined;
    await inside.call(() => void stack.end().then((cleanup) => (report = cleanup)));
    expect(report).toEqual({ undone: [job('train')], leftBehind: [left], afterwards: 'going-on' });
    expect(stack.known()).toMatchObject({ isGiven: true, soFar: { undone: [job('train')] } });
  });

  it('that no request undoes is left behind for good, and nothing goes on', async () => {
    const left = { ...job('j1'), reason: 'somebody else uses it', lasting: true } as const;
    const { stack, perform, handedOver } = open(() => ({ undone: [], leftBehind: [left] }));
    stack.add({ step: 'train', kind: 'running', call: callOf('train') })({ id: 'j1' }, {});
    expect(await perform(['running'])).toEqual({ undone: [], leftBehind: [left] });
    expect(handedOver()).toEqual([]);
  });

  it('tells what the platform is about to stop to what goes on', async () => {
    const ending = { ...job('j1'), reason: 'is stopping', ending: true } as const;
    const { stack, perform, handedOver } = open(() => ({ undone: [], leftBehind: [ending] }));
    stack.add({ step: 'train', kind: 'running', call: callOf('train') })({ id: 'j1' }, {});
    await perform(['running']);
    expect(handedOver()).toEqual([expect.objectContaining({ asked: [job('j1')] })]);
  });

  it('fails the workflow, and not the undoing, by a mistake in the code', async () => {
    const { stack, perform } = open(() => new TypeError('a mistake'));
    stack.add({ step: 'train', kind: 'running', call: callOf('train') });
    expect(await perform(['running'])).toEqual(new TypeError('a mistake'));
  });
});

describe('doubt', () => {
  const told = async (change: (stack: ReturnType<typeof open>['stack']) => void) => {
    const { stack, asked, perform } = open();
    const answered = stack.add({ step: 'train', kind: 'running', call: callOf('train') });
    change(Object.assign(stack, { answered }));
    await perform(['running']);
    return asked[0]?.[2];
  };

  it('stays where no answer came, whatever is said of other steps', async () => {
    expect(await told(() => undefined)).toEqual({ doubt: 'unanswered' });
    expect(await told((stack) => stack.refused('sweep', 'CONFLICT'))).toEqual({ doubt: 'unanswered' });
  });

  it.each(['CONFLICT', 'REQUEST_REJECTED', 'NOT_FOUND', 'PLATFORM_UNREACHABLE'] as const)(
    'is less after %s, by which nothing is made',
    async (code) => {
      expect(await told((stack) => stack.refused('train', code))).toEqual({ doubt: 'perhaps' });
    },
  );

  it('stays after a failure that does not say whether something was made', async () => {
    expect(await told((stack) => stack.refused('train', 'ANSWER_LOST'))).toEqual({ doubt: 'unanswered' });
  });

  it('is none where nothing was sent', async () => {
    expect(await told((stack) => stack.sent('train', false))).toEqual({});
  });

  it('is none of what no try has sent: one look says what is there', async () => {
    const { stack, asked, perform } = open();
    const add = (step: string, of = step) => stack.add({ step, kind: 'running', call: callOf(of) });
    add('train');
    add('sweep');
    add('made')({ id: 'j1' }, {});
    add('train', 'other');
    for (const step of ['train', 'made']) stack.unsent(step);
    await perform(['running']);
    expect(asked).toEqual([
      ['other', 'stopJobs', { doubt: 'unanswered' }],
      ['made', 'stopJobs', { made: { id: 'j1' } }],
      ['sweep', 'stopJobs', { doubt: 'unanswered' }],
      ['train', 'stopJobs', {}],
    ]);
  });

  it('comes back to what was made for sure, where it was in doubt whether another was', async () => {
    const { inside, stack, asked, perform } = open();
    const undo = { step: 'train', kind: 'running', call: callOf('train') } as const;
    await inside.call(() => {
      stack.add(undo)({ id: 'j1' }, { inDoubt: true });
      stack.add(undo)({ id: 'j1' }, {});
    });
    await perform(['running']);
    expect(asked).toEqual([['train', 'stopJobs', { made: { id: 'j1' }, doubt: 'perhaps' }]]);
  });

  it('that a creation tells of has what it may have made twice looked for, now and at the end', async () => {
    const { inside, stack, handedOver } = open();
    await inside.call(() => {
      stack.add({ step: 'train', kind: 'running', call: callOf('train') })({ id: 'j1' }, { inDoubt: true });
    });
    const kept = { made: { id: 'j1' }, keep: true, doubt: 'perhaps' };
    expect(handedOver()).toEqual([expect.objectContaining(kept)]);
    expect([stack.isInDoubt(), stack.known().sweeps]).toEqual([true, [expect.objectContaining(kept)]]);
    let report: Cleanup | undefined;
    await inside.call(() => void stack.end().then((cleanup) => (report = cleanup)));
    expect(report).toEqual({ undone: [], leftBehind: [], afterwards: 'going-on' });
  });

  it('of what stays has its twin looked for when the rest is undone', async () => {
    const { stack, perform, asked, handedOver } = open();
    stack.add({ step: 'env', kind: 'lasting', call: callOf('env', 'archiveEnvironment') });
    expect(await perform(['running'])).toMatchObject({ afterwards: 'going-on' });
    expect([asked, handedOver()]).toEqual([
      [],
      [expect.objectContaining({ keep: true, doubt: 'unanswered' })],
    ]);
  });

  it('is none of what is known to be made, and stays of what was adopted', async () => {
    const { stack, asked, perform } = open();
    stack.add({ step: 'train', kind: 'running', call: callOf('train') })({ id: 'j1' }, {});
    stack.add({ step: 'sweep', kind: 'running', call: callOf('sweep') })({ id: 'j2' }, { created: false });
    for (const step of ['train', 'sweep']) stack.refused(step, 'CONFLICT');
    await perform(['running']);
    expect(asked).toEqual([
      ['sweep', 'stopJobs', { doubt: 'perhaps' }],
      ['train', 'stopJobs', { made: { id: 'j1' } }],
    ]);
  });

  it('has no twin looked for of what was answered, nor while one step alone is undone', async () => {
    const { stack, perform } = open();
    const lasting = (step: string) =>
      stack.add({ step, kind: 'lasting', call: callOf(step, 'archiveEnvironment') });
    lasting('env')({ id: 'e1' }, {});
    lasting('other');
    await perform(['running'], 'train');
    expect(stack.isInDoubt()).toBe(false);
    await perform(['running']);
    expect(stack.known().sweeps).toEqual(
      [callOf('other', 'archiveEnvironment')].map((call) => ({ ...call, keep: true, doubt: 'unanswered' })),
    );
  });

  it('keeps nothing any more of what is undone, by the run or by the step itself', async () => {
    const call = callOf('train');
    for (const undoing of ['run', 'step']) {
      const { inside, stack, perform, handedOver } = open();
      await inside.call(() => {
        stack.add({ step: 'train', kind: 'running', call })({ id: 'j1' }, { inDoubt: true });
        stack.undone(callOf('other')); // of nothing that is in doubt
      });
      if (undoing === 'run') await perform(['running']);
      else
        await inside.call(() => {
          stack.undone(call);
        });
      expect(stack.known().sweeps).toEqual([expect.not.objectContaining({ keep: true })]);
      expect(handedOver().map(({ keep, doubt }) => [keep, doubt])).toEqual([
        [true, 'perhaps'],
        [undefined, 'perhaps'],
      ]);
    }
  });
});

describe('what was adopted', () => {
  const adopted = async (acting: readonly string[], isReplaying = false) => {
    const { inside, stack, perform, handedOver } = open(undefined, undefined, isReplaying);
    for (const step of ['deploy', 'other'])
      stack.add({ step, kind: 'running', call: callOf(step) })({ id: 'v1' }, { created: false });
    await inside.call(() => {
      for (const step of acting) stack.acting(step);
    });
    await perform(['running']);
    return handedOver().map(({ origin: { step }, made, doubt }) => [step, made, doubt]);
  };

  it('is looked at further on where its step has acted on it: a request for that may be carried out late', async () => {
    expect(await adopted([])).toEqual([]);
    expect(await adopted(['deploy'])).toEqual([['deploy', undefined, 'perhaps']]);
    // As its history says.
    expect(await adopted(['deploy'], true)).toEqual([]);
  });

  it('is made by the run itself where that says so: what it does with that ends with it', async () => {
    const { inside, stack, perform, handedOver } = open();
    stack.add({ step: 'deploy', kind: 'running', call: callOf('deploy') })({ id: 'v1' }, { created: true });
    await inside.call(() => {
      stack.acting('deploy');
    });
    await perform(['running']);
    expect(handedOver()).toEqual([]);
  });
});

describe('an output that a person has supplied', () => {
  it('stops what its step has running, but for the very object that it names', async () => {
    const { inside, stack, asked, handedOver } = open();
    stack.add({ step: 'train', kind: 'running', call: callOf('train') })({ id: 'j1' }, {});
    await inside.call(() => void stack.supplied('train', { jobId: 'other' }));
    expect(asked).toEqual([['train', 'stopJobs', { made: { id: 'j1' } }]]);
    asked.length = 0;
    stack.add({ step: 'train', kind: 'running', call: callOf('train') });
    await inside.call(() => void stack.supplied('train', { jobId: 'j2' }));
    expect(asked).toEqual([]);
    expect(handedOver()).toEqual([
      expect.objectContaining({ made: { id: 'j2', parent: undefined }, keep: true, doubt: 'perhaps' }),
    ]);
  });
});

describe('an output that a person has supplied for a step', () => {
  it('leaves what other steps have running, and what lasts', async () => {
    const { inside, stack, asked, perform } = open();
    stack.add({ step: 'train', kind: 'lasting', call: callOf('train', 'archiveEnvironment') })(
      { id: 'e' },
      {},
    );
    stack.add({ step: 'sweep', kind: 'running', call: callOf('sweep') })({ id: 'j2' }, {});
    await inside.call(() => void stack.supplied('train', { jobId: 'other' }));
    expect(asked).toEqual([]);
    await perform(['running', 'lasting']);
    expect(asked.map(([step]) => step)).toEqual(['sweep', 'train']);
  });
});

describe('the next leg', () => {
  it('goes on with what this one knew', async () => {
    const first = open(() => failed);
    first.stack.add({ step: 'train', kind: 'running', call: callOf('train') })({ id: 'j1' }, {});
    first.stack.add({ step: 'sweep', kind: 'running', call: callOf('sweep') })({ id: 'j2' }, {});
    await first.perform(['running'], 'sweep');
    const second = open(undefined, JSON.parse(JSON.stringify(first.stack.known())) as UndoLeg);
    expect(await second.perform(['running'], 'train')).toEqual({
      ...{ undone: [job('j')], leftBehind: [{ ...job('j2'), reason: 'is away' }], afterwards: 'going-on' },
    });
    expect(second.asked).toEqual([['train', 'stopJobs', { made: { id: 'j1' } }]]);
  });
});
