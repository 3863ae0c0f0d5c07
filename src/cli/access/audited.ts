/** What a command changes is written to the audit log before it happens, as the server does it. */
import { createAuditLog } from '../../audit/log.js';
import { readAuditKey } from '../../config/audit-key.js';
import { identity } from '../../client/identity.js';
import type { Cli } from '../cli.js';
import { harmless } from '../terminal/paint.js';

interface Deed {
  readonly action: string;
  readonly object: string;
  readonly reason?: string | undefined;
}

/** Throws what `perform` throws, or LonghaulError `AUDIT_UNAVAILABLE`, and then nothing was done. */
export async function audited<T>(
  { config, terminal }: Cli,
  { action, object, reason }: Deed,
  perform: () => Promise<T>,
  resultOf?: (value: T) => string,
): Promise<T> {
  const settings = config();
  const log = createAuditLog({
    directory: settings.audit.directory,
    key: () => readAuditKey(settings),
    report: ({ message }) => terminal.say(`Done, but ${harmless(message)}`),
  });
  const entry = { actor: identity(), actorKind: 'local', action, object } as const;
  try {
    return await log.record({ ...entry, ...(reason !== undefined && { reason }) }, perform, resultOf);
  } finally {
    await log.close();
  }
}
