/** Fields that several of UbiOps' objects have. */
import { z } from 'zod';

/** Label → value. */
export const Labels = z.record(z.string(), z.string());
/** A filter of a list: `key:value` pairs with commas between them; an item that has one of them is listed. */
export const labelFilter = { labels: z.string().optional() };
/** Query fields of a list that pages by offset. */
export const paging = { limit: z.number().int().optional(), offset: z.number().int().optional() };
/** Query fields of a list that pages by a cursor, which its answer has as the address of the next page. */
export const byCursor = { cursor: z.string().optional(), limit: z.number().int().optional() };

/** A page of a list that pages by a cursor. */
export const cursorPage = <S extends z.ZodType>(item: S) =>
  z.object({ next: z.string().nullish(), previous: z.string().nullish(), results: z.array(item) });

/** The answer of an endpoint that sends no body (`204`). */
export const nothing = z.undefined();

/** An endpoint that `/v2.1` alone has. */
export const before = { dialects: ['v2.1'] } as const;
/** An endpoint that `/v2` alone has. */
export const since = { dialects: ['v2'] } as const;
