/** Many calls to Temporal, a few at a time. */

const atOnce = 10;

/** Performs it for each item, `atOnce` at a time; the results are in the order of the items. */
export async function eachOf<T, R>(items: readonly T[], perform: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += atOnce)
    results.push(...(await Promise.all(items.slice(at, at + atOnce).map(perform))));
  return results;
}
