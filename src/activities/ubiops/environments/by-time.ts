/** The order of what UbiOps lists: none is documented, and times are spelled in two ways (ubiops-api.md, sections 1.5 and 1.6). */

interface Dated {
  readonly id: string;
  readonly creation_date?: string | null | undefined;
}

/** When something was made, in milliseconds since the epoch; what does not say so is the oldest. */
export const madeAtMs = ({ creation_date: at }: Pick<Dated, 'creation_date'>): number => {
  const ms = Date.parse(at ?? '');
  return Number.isNaN(ms) ? 0 : ms;
};

/** Each once, the newest first. */
export const newestFirst = <T extends Dated>(items: readonly T[]): T[] =>
  [...new Map(items.map((item) => [item.id, item])).values()].sort(
    (a, b) => madeAtMs(b) - madeAtMs(a) || (a.id < b.id ? 1 : -1),
  );
