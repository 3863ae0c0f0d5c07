/** The id of a run that a step has started. */
import { describe, expect, it } from '@jest/globals';
import { childRunIdOf } from '../../src/client/child-run-id.js';
import { hasOwnKey, runIdPattern } from '../../src/run/ids.js';

const origin = { runId: 'sweep.2026-11', firstAttemptId: 'a', step: 'best', generation: 1 };

describe('the id of a child run', () => {
  it('names its parent and the step, in the space of keys that no caller has', () => {
    const id = childRunIdOf('retrain', origin);
    expect(id).toMatch(/^retrain\._sweep\.2026-11\.best\.[a-z2-7]{12}$/);
    expect(hasOwnKey(id)).toBe(true);
    expect(childRunIdOf('retrain', origin)).toBe(id);
  });

  it('is another one for another generation, step, attempt of a last step, or run of the same key', () => {
    const others = [
      { generation: 2 },
      { attemptId: 'c' },
      { step: 'worst' },
      { firstAttemptId: 'b' },
      { runId: 'sweep.2026-12' },
    ];
    const ids = others.map((other) => childRunIdOf('retrain', { ...origin, ...other }));
    expect(new Set([childRunIdOf('retrain', origin), ...ids]).size).toBe(6);
  });

  it('is an id of a run also where its parent is a child itself, and whatever its step is called', () => {
    const parent = childRunIdOf('retrain', { ...origin, runId: `sweep.${'x'.repeat(120)}` });
    const id = childRunIdOf('train-and-deploy', { ...origin, runId: parent, step: 'train[3]' });
    expect(parent).toMatch(new RegExp(`${runIdPattern.source}$`));
    expect(id).toMatch(new RegExp(`${runIdPattern.source}$`));
    expect(id.length).toBeLessThan(200);
  });
});
