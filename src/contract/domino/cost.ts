/** What things have cost, and the tags that costs are booked on. Only where the deployment tracks costs. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { filled } from './envelopes.js';

/** OpenCost’s allocation, of which only the total is used. */
const Allocation = z.object({ name: z.string().optional(), totalCost: z.number() });

/** A time in which costs are summed up: `window`, or both of `startTime` and `endTime`. */
const window = {
  /** Two times of RFC 3339 with a comma between them, or a duration such as `7d`. */
  window: z.string().optional(),
  startTime: z.string().optional(),
  endTime: z.string().optional(),
};
const allocation = z.strictObject({
  ...window,
  /** `label:<name of the label>`. */
  aggregate: z.string().optional(),
  aggregateBy: z.enum(['user', 'project', 'organization']).optional(),
  /** One entry for the whole window, instead of one per day. */
  accumulate: z.boolean().optional(),
});

const BillingTag = z.object({ tag: z.string(), active: z.boolean().optional() });
const Mode = z.enum(['Disabled', 'Optional', 'Required']);
const Settings = z.object({ mode: z.string() });

/** The endpoints of costs. */
export const cost = {
  allocation: endpoint({
    method: 'GET',
    path: '/api/cost/v1/allocation',
    summary: 'Get costs by the values of a label, in the form of OpenCost.',
    source: 'domino-rest-api-reference.md#cost-allocation',
    replay: 'safe',
    query: allocation,
    response: z.object({
      code: z.number().optional(),
      data: z.array(z.record(z.string(), Allocation).nullable()),
    }),
  }),
  allocationSummary: endpoint({
    method: 'GET',
    path: '/api/cost/v1/allocation/summary',
    summary: 'Get costs by the values of a label, with less about each.',
    source: 'domino-rest-api-reference.md#cost-allocation',
    replay: 'safe',
    query: allocation,
    response: z.object({
      code: z.number().optional(),
      data: z.object({
        sets: z.array(z.object({ allocations: z.record(z.string(), Allocation) })),
      }),
    }),
  }),
  asset: endpoint({
    method: 'GET',
    path: '/api/cost/v1/asset',
    summary: 'Get the costs of machines.',
    source: 'domino-rest-api-reference.md#asset-costs',
    replay: 'safe',
    query: z.strictObject({ ...window, accumulate: z.boolean().optional() }),
    response: z.object({
      code: z.number().optional(),
      data: z.array(z.record(z.string(), z.object({ type: z.string().optional(), totalCost: z.number() }))),
    }),
  }),
  listBillingTags: endpoint({
    method: 'GET',
    path: '/api/cost/v1/billingtags',
    summary: 'List the billing tags that are active.',
    source: 'domino-rest-api-reference.md#billing-tags',
    replay: 'safe',
    response: z.object({ billingTags: z.array(BillingTag) }),
  }),
  addBillingTags: endpoint({
    method: 'POST',
    path: '/api/cost/v1/billingtags',
    summary: 'Add billing tags by name. A name that is there already stays as it is.',
    source: 'domino-rest-api-reference.md#billing-tags',
    replay: 'idempotent',
    body: z.strictObject({ billingTags: z.array(filled).min(1) }),
    response: z.object({ billingTags: z.array(BillingTag) }),
  }),
  getBillingSettings: endpoint({
    method: 'GET',
    path: '/api/cost/v1/billingtagSettings',
    summary: 'Get whether projects have a billing tag.',
    source: 'domino-rest-api-reference.md#billing-settings',
    replay: 'safe',
    response: Settings,
  }),
  updateBillingSettings: endpoint({
    method: 'PUT',
    path: '/api/cost/v1/billingtagSettings',
    summary: 'Set whether projects have a billing tag.',
    source: 'domino-rest-api-reference.md#billing-settings',
    replay: 'idempotent',
    body: z.strictObject({ mode: Mode }),
    response: Settings,
  }),
  getBillingMode: endpoint({
    method: 'GET',
    path: '/api/cost/v1/billingtagSettings/mode',
    summary: 'Get whether projects have a billing tag, and nothing else.',
    source: 'domino-rest-api-reference.md#billing-settings',
    replay: 'safe',
    response: Settings,
  }),
  updateBillingMode: endpoint({
    method: 'PUT',
    path: '/api/cost/v1/billingtagSettings/mode',
    summary: 'Set whether projects have a billing tag, and nothing else.',
    source: 'domino-rest-api-reference.md#billing-settings',
    replay: 'idempotent',
    body: z.strictObject({ mode: Mode }),
    response: Settings,
  }),
} as const;
