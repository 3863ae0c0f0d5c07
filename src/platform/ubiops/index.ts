/** UbiOps for the HTTP layer: one object. */
import { ubiops } from '../../contract/ubiops/index.js';
import type { Credential, Wing } from '../wing.js';
import { rootOf } from './address.js';
import { v2, v21 } from './dialects.js';
import { ubiopsRefusals } from './refusals.js';

/** UbiOps' wing. The contract is in the spelling of `/v2.1`. */
export const ubiopsWing: Wing<typeof ubiops> = {
  name: 'UbiOps',
  contract: ubiops,
  authorize: ({ kind, value }) => ({
    authorization: `${kind === 'apiKey' ? 'Token' : 'Bearer'} ${withoutWord({ value })}`,
  }),
  refusals: ubiopsRefusals,
  rootOf,
  dialects: { 'v2.1': v21, v2 },
};

/** The dashboard shows a token with the word that stands before it in the header, and twice it is refused. */
const withoutWord = ({ value }: Pick<Credential, 'value'>): string =>
  value.trim().replace(/^((Token|Bearer)\s+)+/i, '');
