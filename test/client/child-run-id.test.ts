/** The id of a run that a step has started. */
import { describe, expect, it } from '@jest/globals';
import { childRunIdOf } from '../../src/client/child-run-id.js';
import { hasOwnKey, runIdPattern } from '../../src/run/ids.js';

const origin = { runId: 'sweep.2026-11', firstAttemptId: 'a', step: 'best', generation: 1 };

describe('the id of a child run', () => {
  it('is in the space of keys that no caller has, and says nothing of its parent', () => {
    const id = childRunIdOf('retrain', origin);
    expect(id).toMatch(/^retrain\._child\.[a-z2-7]{12}$/);
    expect(id).toMatch(new RegExp(`${runIdPattern.source}$`));
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
});
