/** A second platform, a shop of boxes: a wing is all that must be written for one. */
import { z } from 'zod';
import { endpoint } from '../../src/contract/endpoint.js';
import type { Wing } from '../../src/platform/wing.js';

const Box = z.object({ id: z.string(), label: z.string() });
const source = 'this file';

export const shop = {
  boxes: {
    list: endpoint({
      ...{ method: 'GET', path: '/boxes', summary: 'List boxes.', source, replay: 'safe' },
      query: z.object({ offset: z.number(), limit: z.number() }),
      response: z.object({ boxes: z.array(Box), metadata: z.object({ totalCount: z.number() }) }),
    }),
    pack: endpoint({
      ...{ method: 'POST', path: '/boxes', summary: 'Pack a box.', source, replay: 'creates', found: 'none' },
      body: z.strictObject({ label: z.string() }),
      response: Box,
    }),
    unpack: endpoint({
      ...{ method: 'DELETE', path: '/boxes/{id}', summary: 'Unpack a box.', source, replay: 'idempotent' },
      response: z.object({}),
    }),
  },
} as const;

export const toyWing: Wing<typeof shop> = {
  name: 'the shop',
  contract: shop,
  authorize: ({ value }) => ({ 'x-shop-token': `Shop ${value}` }),
  refusals: {
    statuses: [403, 404, 409, 418],
    isOwn: ({ sorry }) => typeof sorry === 'string',
    said: ({ sorry, receipt }) => ({
      words: typeof sorry === 'string' ? sorry : '',
      requestId: typeof receipt === 'string' ? receipt : undefined,
    }),
    // The shop is closed, which is no conflict.
    codeOf: ({ status }) => (status === 409 ? 'PLATFORM_UNAVAILABLE' : null),
  },
  dialects: {
    plain: {},
    old: {
      request: (_, { query, body }) => ({ query, body: body && { text: Object.values(body)[0] as unknown } }),
      answer: (_, body) => (typeof body === 'string' ? { id: body.trim(), label: 'of old' } : body),
      takesText: true,
    },
  },
};
