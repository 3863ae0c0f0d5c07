/** Ends the run early, with an outcome of its own: what stands below is skipped. */
import { defineStep } from './define.js';

export interface EndSpec {
  /** In a word: `not-better`. */
  readonly outcome: string;
  /** In a sentence. */
  readonly conclusion: string;
}

export type Ended = { readonly outcome: string; readonly conclusion: string };

export const end = defineStep<EndSpec, Ended>({
  kind: 'end',
  holdsBack: true,
  holds: { outcome: 'a text', conclusion: 'a text' },
  foretold: ({ outcome, conclusion }) => ({ outcome, conclusion }),
  ends: ({ outcome, conclusion }) => ({ outcome, conclusion }),
  perform: (_step, { outcome, conclusion }) => Promise.resolve({ outcome, conclusion }),
});
