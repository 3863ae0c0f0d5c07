/** Domino, as the layer above needs to know it. */
import { domino } from '../../contract/domino/index.js';
import type { Wing } from '../wing.js';
import { referenceDialect } from './reference-dialect.js';
import { dominoRefusals } from './refusals.js';

/** Domino's wing. Its contract is spelled as the public API of v6. */
export const dominoWing: Wing<typeof domino> = {
  name: 'Domino',
  contract: domino,
  authorize: ({ kind, value }) =>
    kind === 'apiKey' ? { 'x-domino-api-key': value } : { authorization: `Bearer ${value}` },
  refusals: dominoRefusals,
  dialects: { v6: {}, reference: referenceDialect },
};
