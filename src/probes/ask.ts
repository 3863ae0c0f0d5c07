/**
 * Asks a configured probe once, and says what came of it.
 *
 * The URL comes from the configuration alone. Unless the probe is said to be internal, it must be https and every
 * address that its name leads to public; through a proxy it is the proxy that looks the name up. Nothing that the other
 * side does makes this throw.
 */
import { got } from 'got';
import { createAgents } from '../egress/agents.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { Json } from '../run/steps.js';
import { publicLookup, urlRefusalOf } from '../webhooks/addresses.js';

/** A probe of the configuration. */
export interface Probe {
  /** `{modelApiId}` in it is filled in. */
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly internal: boolean;
  readonly timeoutMs: number;
  /** By metric: where it stands in the answer, as a JSON Pointer. */
  readonly metrics: Readonly<Record<string, string>>;
  /** Reads the secrets anew; throws `CREDENTIALS_MISSING`. */
  headers(): Readonly<Record<string, string>>;
  /** URL of the HTTP proxy on the way. Throws `CONFIG_INVALID`. */
  proxy?(): string | undefined;
}

/** What one request is about. */
export interface Question {
  readonly modelApiId?: string | undefined;
  /** Posted as JSON. */
  readonly sample?: Json | undefined;
}

/** `line` says in words why there is no answer of 2xx; no URL, no body, no secret. */
export type Answer =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly line: string };

const placeholder = '{modelApiId}';
/** What an answer may hold, unpacked: a metric needs a line. */
const maxAnswerBytes = 64 * 1024;

/** A sentence about the other side, on its way to the answer. */
class Failed extends Error {}

/** Whether a probe can be asked only about a model API. */
export const needsModelApi = ({ url }: Probe): boolean => url.includes(placeholder);

/** Asks once. */
export async function askProbe(probe: Probe, question: Question = {}): Promise<Answer> {
  // Over all of it, so that an answer that comes drop by drop ends too.
  const late = AbortSignal.timeout(probe.timeoutMs);
  try {
    return { ok: true, text: await send(probe, question, late) };
  } catch (error) {
    const line = late.aborted ? `it did not answer within ${probe.timeoutMs / 1_000} s` : lineOf(error);
    return { ok: false, line };
  }
}

async function send(probe: Probe, { modelApiId, sample }: Question, signal: AbortSignal): Promise<string> {
  if (needsModelApi(probe) && modelApiId === undefined)
    throw new Failed('it asks about a model API, and none is live');
  const url = new URL(probe.url.replaceAll(placeholder, encodeURIComponent(modelApiId ?? '')));
  const refused = probe.internal ? null : urlRefusalOf(url);
  if (refused !== null) throw new Failed(refused);
  const proxy = probe.proxy?.();
  const sent = got.stream(url, {
    method: sample === undefined ? probe.method : 'POST',
    headers: { accept: 'application/json', 'user-agent': 'longhaul', ...probe.headers() },
    ...(sample === undefined ? probe.method === 'POST' && { body: '' } : { json: sample }),
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    signal,
    ...(proxy !== undefined && { agent: createAgents({ proxy }) }),
    ...(!probe.internal && proxy === undefined && { dnsLookup: publicLookup }),
  });
  try {
    checkStatus(await statusOf(sent));
    return await textOf(sent);
  } finally {
    sent.destroy();
  }
}

type Sent = ReturnType<typeof got.stream>;

const statusOf = (sent: Sent): Promise<number> =>
  new Promise((resolved, rejected) => {
    sent.once('response', ({ statusCode }: { statusCode: number }) => resolved(statusCode));
    sent.on('error', rejected); // and stays: what breaks later is told by reading, or by nobody
  });

function checkStatus(status: number): void {
  if (status >= 300 && status < 400) throw new Failed(`it redirects elsewhere (${status})`);
  if (status < 200 || status >= 300) throw new Failed(`it answered ${status}`);
}

async function textOf(sent: Sent): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of sent as AsyncIterable<Buffer>) {
    // got's stream has no encoding set, so these are bytes
    size += chunk.length;
    if (size > maxAnswerBytes) throw new Failed(`its answer is larger than ${maxAnswerBytes / 1_024} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function lineOf(error: unknown): string {
  if (error instanceof Failed) return error.message;
  if (error instanceof LonghaulError) return `it cannot be asked: ${error.message}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if ((code === 'ADDRESS_REFUSED' || code === 'ERR_PROXY') && error instanceof Error) return error.message;
  return `the request failed${typeof code === 'string' ? ` (${code})` : ''}`;
}
