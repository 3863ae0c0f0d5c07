/** Every check of a trial. Each is a pure function of the evidence. */
import type { TrialEvidence, Violation } from '../evidence.js';
import { findDuplicates, findHasty } from './duplicates.js';
import { findLeft } from './left.js';
import { findOlder } from './older.js';
import { findWrongOutcomes } from './outcomes.js';
import { findTouched } from './touched.js';
import { findFalseResults } from './results.js';
import { findTogether } from './together.js';
import { findEarlyRequests, findLateEffects } from './timing.js';

/** What must not be, and is. */
export const judgeTrial = (evidence: TrialEvidence): Violation[] => [
  ...findDuplicates(evidence),
  ...findHasty(evidence),
  ...findFalseResults(evidence),
  ...findOlder(evidence),
  ...findLeft(evidence),
  ...findTouched(evidence),
  ...findTogether(evidence),
  ...findWrongOutcomes(evidence),
  ...findLateEffects(evidence),
  ...findEarlyRequests(evidence),
  ...evidence.unbegun.map((key) => ({
    rule: 'stuck' as const,
    what: `the run ${key} was not begun: it waits for the end of another one`,
  })),
  ...evidence.cleaning.map((what) => ({ rule: 'stuck' as const, what: `${what} has not come to its end` })),
  ...evidence.secrets.map((where) => ({
    rule: 'secret' as const,
    what: `the platform’s key stands in ${where}`,
  })),
  ...evidence.strayed.map((what) => ({
    rule: 'stray' as const,
    what: `another host was sent ${what.slice(0, 100)}`,
  })),
  ...evidence.crashes.map((what) => ({ rule: 'crash' as const, what })),
];
