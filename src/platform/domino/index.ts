/** Domino for the HTTP layer: one object. */
import { domino } from '../../contract/domino/index.js';
import type { Wing } from '../wing.js';
import { referenceDialect } from './reference-dialect.js';
import { dominoRefusals } from './refusals.js';

/** Domino's wing. The contract is in the spelling of the v6 public API. */
export const dominoWing: Wing<typeof domino> = {
  name: 'Domino',
  contract: domino,
  authorize: ({ kind, value }) =>
    kind === 'apiKey' ? { 'x-domino-api-key': value } : { authorization: `Bearer ${value}` },
  refusals: dominoRefusals,
  dialects: { v6: {}, reference: referenceDialect },
};
