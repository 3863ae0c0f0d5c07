/** The shapes that Domino's public API wraps its answers in. */
import { z } from 'zod';

/** Carried by every answer of the public API; the request id goes into errors. */
const totalCount = z.number().int().nullish();
/** Where a list tells how long it is. */
const counted = { totalCount, pagination: z.object({ totalCount }).nullish() };
const Metadata = z.object({ requestId: z.string().optional(), ...counted });

/** `{<key>: {...}, metadata}`. */
export const enveloped = <K extends string, S extends z.ZodType>(key: K, schema: S) =>
  z.object({ [key]: schema, metadata: Metadata.optional() } as Record<K, S> & {
    metadata: z.ZodOptional<typeof Metadata>;
  });

/** `{<key>: [...], metadata: {offset, limit, totalCount?}}`. */
export const page = <K extends string, S extends z.ZodType>(key: K, item: S) => enveloped(key, z.array(item));

const count = z.number().int().nonnegative();
/** Query fields of every list that pages by offset. */
export const paging = { offset: count.optional(), limit: count.optional() };

/** A name or a text that must not be empty. */
export const filled = z.string().min(1);

/** The answer of an endpoint that sends no body (`204`). */
export const nothing = z.undefined();
