/** The audit log: who meant to change what, written before it happens, and what came of it. */
import { randomUUID } from 'node:crypto';
import { LonghaulError } from '../run/failures/errors.js';
import { type AppenderOptions, createAppender } from './appender.js';
import type { ActorKind } from './line.js';

/** Something that somebody is about to do. Holds no secret. */
export interface AuditEntry {
  /** Who: the id of a principal, the user of this machine, the name of a webhook. */
  readonly actor: string;
  readonly actorKind: ActorKind;
  /** `run.start`, `key.revoke` … */
  readonly action: string;
  /** To what: the id of a run, a key, a delivery. */
  readonly object: string;
  readonly reason?: string;
  readonly requestId?: string;
  /** SHA-256 of the body of the request, never the body. */
  readonly bodyDigest?: string;
}

/** What happened without a change: a refusal, or a reading of what is worth reading. */
export interface AuditNote extends AuditEntry {
  readonly outcome: 'ok' | 'failed';
  readonly code?: string | undefined;
  /** How many alike it stands for. */
  readonly count?: number | undefined;
}

export interface AuditLog {
  /**
   * Writes that it is meant, performs it, writes what came of it. Throws what `perform` throws. `resultOf` says in
   * a word what came of it, such as `created` or `exists`.
   *
   * @throws LonghaulError `AUDIT_UNAVAILABLE` when it cannot be written; nothing was performed then
   */
  record<T>(entry: AuditEntry, perform: () => Promise<T>, resultOf?: (value: T) => string): Promise<T>;
  /** Writes what has happened, in its time; that it could not be is reported. */
  note(note: AuditNote): void;
  close(): Promise<void>;
}

/**
 * A log of this process in a file of its own, which is made at the first entry. `report` is told when an outcome
 * could not be written: what was done stays done.
 */
export function createAuditLog({
  report,
  ...options
}: AppenderOptions & { readonly report: (error: LonghaulError) => void }): AuditLog {
  const appender = createAppender(options);
  const append = async (
    fields: Readonly<Record<string, unknown>>,
    options: { readonly isDurable: boolean },
  ): Promise<void> => {
    try {
      await appender.append({ at: new Date().toISOString(), ...fields }, options);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LonghaulError('AUDIT_UNAVAILABLE', `the audit log cannot be written: ${reason}`, { cause });
    }
  };
  const end = async (id: string, ending: Readonly<Record<string, unknown>>): Promise<void> => {
    // A power cut may take it: then the outcome is `unknown`, which is the truth.
    await append({ id, phase: 'outcome', ...ending }, { isDurable: false }).catch((error: unknown) => {
      if (error instanceof LonghaulError) report(error);
    });
  };
  return {
    record: async (entry, perform, resultOf) => {
      const id = randomUUID();
      await append({ id, phase: 'intended', ...fieldsOf(entry) }, { isDurable: true });
      let value;
      try {
        value = await perform();
      } catch (error) {
        await end(id, { outcome: 'failed', code: codeOf(error) });
        throw error;
      }
      await end(id, { outcome: 'ok', result: resultOf?.(value) });
      return value;
    },
    note: ({ outcome, code, count, ...entry }) => {
      const fields = { id: randomUUID(), phase: 'noted', ...fieldsOf(entry), outcome, code, count };
      void append(fields, { isDurable: false }).catch((error: unknown) => {
        if (error instanceof LonghaulError) report(error);
      });
    },
    close: appender.close,
  };
}

/** Named one by one: an object with more fields must not bring them into the log. */
const fieldsOf = ({
  actor,
  actorKind,
  action,
  object,
  reason,
  requestId,
  bodyDigest,
}: AuditEntry): AuditEntry => ({
  actor,
  actorKind,
  action,
  object,
  ...(reason !== undefined && { reason }),
  ...(requestId !== undefined && { requestId }),
  ...(bodyDigest !== undefined && { bodyDigest }),
});

const codeOf = (error: unknown): string => (error instanceof LonghaulError ? error.code : 'INTERNAL');
