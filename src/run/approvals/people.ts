/** Who is who: by what people and services are known, and whether two of them count as the same. */
import { hasOwnKey } from '../ids.js';
import type { RunStart } from '../steps.js';

/** Names that say how something came about, and that nobody may have. */
const reserved = /^(cli|client|http|schedule|webhook|replay|local|longhaul|temporal|system)$/i;
/** Beginnings of ids that Longhaul gives. */
const reservedBeginning = /^(key|cli|group|webhook|schedule|token):/i;

/** Whether a name would pass for an id, or for a part of Longhaul. */
export const isReservedName = (name: string): boolean =>
  reserved.test(compared(name)) || reservedBeginning.test(compared(name));

/** Whether a name holds what nobody sees, or what draws a line of its own. */
export const hasUnseen = (name: string): boolean =>
  /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(name);

/**
 * All that somebody is known by, as it is compared: who shares one of these with another counts as the same. Records write
 * `name (id)`, which is taken apart: those of a version before have nothing else.
 */
export function knownAs(by: string | undefined, ids: readonly string[] = []): string[] {
  const [, name, id] = /^(.*?)\s*\((.*)\)$/s.exec(by ?? '') ?? [];
  const [, longName, lastId] = /^(.*)\s\((.*)\)$/s.exec(by ?? '') ?? []; // a name may have brackets in it
  const known = [by, name, id, longName, lastId, ...ids].flatMap((one) =>
    one === undefined || one.trim() === '' ? [] : [compared(one)],
  );
  return [...new Set(known)];
}

/** As it looks: whatever its case, its width, and what in it nobody sees. */
const compared = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?: ?/g, ':')
    .trim()
    .toLowerCase();

/** Whether two count as the same. */
export const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.some((one) => others.includes(one));

/**
 * Everybody who has brought about what a run does: who started it, who wrote the schedule that did, who let that tick, and
 * who replayed it, also before.
 */
export function startersOf(
  { trigger, lineage }: Pick<RunStart<unknown>, 'trigger' | 'lineage'>,
  runId: string,
): string[] {
  const askers = (trigger.askers ?? []).filter(({ from, to }) => isWithin(runId, from, to));
  return [
    ...knownAs(trigger.by, trigger.ids),
    ...knownAs(lineage?.by, lineage?.ids),
    ...knownAs(undefined, [...(lineage?.before ?? []), ...askers.flatMap(({ ids }) => ids)]),
  ];
}

/**
 * Whether a run of a schedule is of a tick in this time; of one whose id does not say its tick, it may be. Whoever forks a run
 * chooses its key, which says nothing.
 */
function isWithin(runId: string, from: string, to: string): boolean {
  if (!hasOwnKey(runId)) return true;
  const [tick] = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.exec(runId) ?? [];
  if (tick === undefined) return true;
  const at = Date.parse(tick);
  return at >= Date.parse(from) && at <= Date.parse(to);
}
