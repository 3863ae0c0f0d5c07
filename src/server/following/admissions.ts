/**
 * Whether those who were let in still would be: a stream ends when its key is revoked or has expired, its token has
 * expired, or its grants no longer cover what it follows.
 */
import type { Authenticator } from '../../access/authenticator.js';
import type { Principal } from '../../access/principal.js';

/** Keys are read again within a second, and a token counts for five more after its end: streams end within ten. */
const lookEveryMs = 3_000;

/** What a stream needs to go on. */
export interface Admission {
  /** The header by which the caller was let in. */
  readonly authorization: string | undefined;
  /** Whether the caller may still see what the stream is of. */
  readonly allows: (principal: Principal) => boolean;
  /** Called at most once, when a new request would be refused. */
  readonly end: () => void;
}

export interface Admissions {
  /** Watches until what it returns is called. */
  watch(admission: Admission): () => void;
}

/** Asks once for each credential, however many streams it has; keys and grants are those of that moment. */
export function createAdmissions({ configured, authenticate }: Authenticator): Admissions {
  const watched = new Map<string, Set<Admission>>();
  let timer: NodeJS.Timeout | undefined;

  const look = async (authorization: string, admissions: ReadonlySet<Admission>): Promise<void> => {
    const principal = await authenticate(authorization).catch(() => null); // as a new request would be refused
    for (const admission of [...admissions])
      if (principal === null || !admission.allows(principal)) admission.end();
  };
  const lookAtAll = (): void => {
    for (const [authorization, admissions] of watched) void look(authorization, admissions);
  };

  return {
    watch: (admission) => {
      if (!configured) return () => undefined;
      const authorization = admission.authorization ?? '';
      const same = watched.get(authorization) ?? new Set();
      watched.set(authorization, same.add(admission));
      timer ??= setInterval(lookAtAll, lookEveryMs).unref();
      return () => {
        same.delete(admission);
        if (same.size === 0 && watched.get(authorization) === same) watched.delete(authorization);
        if (watched.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
