/** Refusals in the audit log: the first of each kind at once, those alike within a minute together. */
import type { AuditLog, AuditNote } from '../audit/log.js';

type Refusal = Pick<AuditNote, 'actor' | 'actorKind' | 'object' | 'requestId'> & { readonly code: string };

export interface Refusals {
  add(refusal: Refusal): void;
  /** Writes what waits. */
  flush(): void;
}

const togetherMs = 60_000;
/** Kinds told apart within a minute: who comes from everywhere fills no disk. */
const mostKinds = 100;

/** Keeps counts in memory: nobody waits for a line. */
export function createRefusals(audit: Pick<AuditLog, 'note'>): Refusals {
  const kinds = new Map<string, { latest: Refusal; more: number }>();
  let timer: NodeJS.Timeout | undefined;

  const write = (refusal: Refusal, count?: number): void =>
    audit.note({ ...refusal, action: 'access.refuse', outcome: 'failed', count });
  const flush = (): void => {
    clearInterval(timer);
    timer = undefined;
    for (const { latest, more } of kinds.values()) if (more > 0) write(latest, more);
    kinds.clear();
  };

  return {
    flush,
    add: (given) => {
      const isCrowd = kinds.size >= mostKinds && !kinds.has(kindOf(given));
      const refusal = isCrowd ? { ...given, actor: 'others', actorKind: 'unknown' as const } : given;
      timer ??= setInterval(flush, togetherMs).unref();
      const kind = isCrowd ? 'others' : kindOf(refusal);
      const known = kinds.get(kind);
      if (known === undefined) write(refusal);
      kinds.set(kind, { latest: refusal, more: known === undefined ? 0 : known.more + 1 });
    },
  };
}

/** An address that is let in nowhere is one kind; of who is known, it counts what was refused. */
const kindOf = ({ actor, actorKind, object, code }: Refusal): string =>
  JSON.stringify(actorKind === 'unknown' ? [actor, code] : [actorKind, actor, object, code]);
