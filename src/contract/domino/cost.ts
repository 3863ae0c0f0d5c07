/** What things have cost. For administrators of the system, and only where the deployment tracks costs. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';

/** OpenCost’s allocation, of which only the total is used. */
const Allocation = z.object({ name: z.string().optional(), totalCost: z.number() });

/** The endpoints of costs. */
export const cost = {
  allocation: endpoint({
    method: 'GET',
    path: '/api/cost/v1/allocation',
    summary: 'Get costs by the values of a label, in the form of OpenCost.',
    source: 'domino-rest-api-reference.md#cost-allocation',
    replay: 'safe',
    query: z.strictObject({
      /** Two times of RFC 3339 with a comma between them, or a duration such as `7d`. */
      window: z.string(),
      /** `label:<name of the label>`. */
      aggregate: z.string().optional(),
      /** One entry for the whole window, instead of one per day. */
      accumulate: z.boolean().optional(),
    }),
    response: z.object({
      code: z.number().optional(),
      data: z.array(z.record(z.string(), Allocation).nullable()),
    }),
  }),
} as const;
