/** Starts runs, each once. */
import type { HttpStartOptions, HttpStarted } from './api.js';
import { LonghaulHttpError, explained, unsendable } from './errors.js';
import type { Sender } from './sender.js';

/** Starts a run and, while no answer comes, asks again with the same key. Throws as `start` of the client. */
export async function startRun(
  sender: Sender,
  pipeline: string,
  input: unknown,
  { key = crypto.randomUUID(), reason, waitSeconds, signal }: HttpStartOptions,
): Promise<HttpStarted> {
  if (!/^[\x21-\x7e]+$/.test(key))
    throw unsendable('the key of a run holds letters, digits, ".", "_", ":" and "-"');
  try {
    return await sender.call<HttpStarted>(
      {
        method: 'POST',
        path: `v1/pipelines/${encodeURIComponent(pipeline)}/runs`,
        headers: {
          'idempotency-key': key,
          ...(waitSeconds !== undefined && { prefer: `wait=${waitSeconds}` }),
        },
        body: { input, ...(reason !== undefined && { reason }) },
        signal,
      },
      { repeat: true, workMs: (waitSeconds ?? 0) * 1_000 },
    );
  } catch (error) {
    if (!(error instanceof LonghaulHttpError) || !error.retryable) throw error;
    const more = `whether the run was started is not known: start it again with the key ${key}, which starts it once`;
    throw explained(error, more, { retryable: true });
  }
}
