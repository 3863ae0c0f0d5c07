/** Filters by labels. */

/** Whether one of the pairs `key:value`, with commas between them, is a label; no pair, none is asked for. */
export function hasLabel(labels: Readonly<Record<string, string>>, filter: string | undefined): boolean {
  const pairs = (filter ?? '').split(',').filter((pair) => pair !== '');
  return (
    pairs.length === 0 ||
    pairs.some((pair) => {
      const at = pair.indexOf(':');
      return labels[pair.slice(0, at).trim()] === pair.slice(at + 1).trim();
    })
  );
}
