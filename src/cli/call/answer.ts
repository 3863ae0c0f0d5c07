/** The answer of a call: JSON on standard output, or a file. */
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ByteStream } from '../../contract/bytes.js';
import type { PlatformEndpoint } from '../../contract/contracts.js';
import { saveFile } from '../../platform/files.js';
import type { Cli } from '../cli.js';
import { interruptible } from '../interruption.js';
import { errorMessage, usage } from '../stop.js';
import type { CallFlags } from './flags.js';

/** What a call answers. */
export type Answer =
  | { readonly kind: 'value'; readonly value: Promise<unknown> }
  | { readonly kind: 'items'; readonly items: AsyncIterable<unknown> }
  | { readonly kind: 'stream'; readonly stream: Promise<unknown> };

/** Refuses a file that cannot be written, and to write over one that is there. @throws Stop */
export async function checkOutput({ output, force }: CallFlags): Promise<void> {
  if (output === undefined) return;
  await access(dirname(output), constants.W_OK).catch((error: unknown) => {
    throw usage(`--output ${output} cannot be written: ${errorMessage(error)}`);
  });
  if (force === true) return;
  const found = await stat(output).catch(() => null);
  if (found !== null)
    throw usage(`--output ${output} is there already`, 'Name another file, or add --force.');
}

interface Called {
  readonly named: PlatformEndpoint;
  readonly flags: CallFlags;
}

/** Asks for the answer and writes it, item by item and piece by piece. */
export async function writeAnswer(cli: Cli, { named, flags }: Called, ask: () => Answer): Promise<void> {
  const isMasked = named.endpoint.secret === true && flags.showSecret !== true;
  if (flags.output === undefined) return print(cli, ask(), { isMasked });
  const saved = { output: flags.output, isSecret: named.endpoint.secret === true };
  const size = await save(piecesOf(cli, ask()), saved);
  cli.terminal.say(`${size} bytes are in ${flags.output}`);
}

/** Of a secret, only its owner may read the file. */
async function save(
  pieces: AsyncIterable<Uint8Array>,
  { output, isSecret }: { readonly output: string; readonly isSecret: boolean },
): Promise<number> {
  const interruption = interruptible(`nothing was written to ${output}`);
  try {
    return await saveFile(pieces, output, {
      signal: interruption.signal,
      ...(isSecret && { mode: 0o600 }),
    });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw usage(`--output ${output} cannot be written: ${errorMessage(error)}`);
    throw error;
  } finally {
    interruption.release();
  }
}

async function* piecesOf({ format }: Cli, answer: Answer): AsyncGenerator<Uint8Array> {
  if (answer.kind === 'stream') {
    yield* bytesOf(await answer.stream);
    return;
  }
  const encoder = new TextEncoder();
  for await (const line of linesOf(answer, { format, isMasked: false })) yield encoder.encode(`${line}\n`);
}

/** What a call that streams has answered. */
const bytesOf = (answer: unknown): ByteStream => answer as ByteStream; // by `CallOptions.streams`

async function print(
  { format, terminal }: Cli,
  answer: Answer,
  { isMasked }: { readonly isMasked: boolean },
): Promise<void> {
  if (isMasked) terminal.say('Its texts are masked: add --show-secret to see them.');
  if (answer.kind === 'stream') {
    for await (const chunk of bytesOf(await answer.stream))
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
    return;
  }
  for await (const line of linesOf(answer, { format, isMasked })) await terminal.raw(line);
}

interface Writing {
  readonly format: Cli['format'];
  readonly isMasked: boolean;
}

/** The lines of an answer: of a list that is read page by page, each item as it comes. */
async function* linesOf(
  answer: Exclude<Answer, { kind: 'stream' }>,
  { format, isMasked }: Writing,
): AsyncGenerator<string> {
  const seen = (value: unknown): unknown => (isMasked ? masked(value) : value);
  if (answer.kind === 'value') {
    const value = seen(await answer.value);
    if (format === 'text' && typeof value === 'string') yield value;
    else if (format === 'ids') yield* idsIn(value);
    else yield JSON.stringify(value ?? null, null, format === 'jsonl' ? 0 : 2);
    return;
  }
  if (format === 'ids') {
    for await (const item of answer.items) yield* idsIn([item]);
  } else if (format === 'jsonl') {
    for await (const item of answer.items) yield JSON.stringify(seen(item));
  } else yield* arrayOf(answer.items, seen);
}

/** An array of JSON, an item at a time. */
async function* arrayOf(
  items: AsyncIterable<unknown>,
  seen: (value: unknown) => unknown,
): AsyncGenerator<string> {
  let before: string | undefined;
  for await (const item of items) {
    yield before === undefined ? '[' : `${before},`;
    before = JSON.stringify(seen(item), null, 2).replaceAll(/^/gm, '  ');
  }
  if (before === undefined) yield '[]';
  else yield* [before, ']'];
}

/** Its own id, or those of what is in it; a list of texts is one of ids. */
function idsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => (typeof one === 'string' ? one : idsIn(one)));
  if (typeof value !== 'object' || value === null) return [];
  if ('id' in value) return [String(value.id)];
  return Object.values(value).flatMap(idsIn);
}

const masked = (value: unknown): unknown => {
  if (typeof value === 'string') return '[masked]';
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
};
