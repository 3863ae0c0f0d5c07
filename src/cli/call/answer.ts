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
import { exitCodes } from '../exit-codes.js';
import { Stop, errorMessage, usage } from '../stop.js';
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
  const found = await stat(output).catch(() => null);
  if (found !== null && !found.isFile())
    throw usage(`--output ${output} is no regular file`, 'Name another file.');
  if (found !== null && force !== true)
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
  const size = await save(cli, { named, output: flags.output, isMasked }, ask);
  cli.terminal.say(`${size} bytes are in ${flags.output}`);
}

interface Saving {
  readonly named: PlatformEndpoint;
  readonly output: string;
  readonly isMasked: boolean;
}

/** Asks when the file is open. Of a secret, only its owner may read the file. */
async function save(cli: Cli, saving: Saving, ask: () => Answer): Promise<number> {
  const { endpoint } = saving.named;
  const { output } = saving;
  const doubt = endpoint.replay === 'safe' ? '' : '; the call may have been carried out';
  const interruption = interruptible(`nothing was written to ${output}${doubt}`);
  let answer: Answer | undefined;
  const pieces = piecesOf(cli, () => (answer = ask()));
  try {
    return await saveFile(pieces, output, {
      signal: interruption.signal,
      ...(endpoint.secret === true && { mode: 0o600 }),
    });
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    if (answer === undefined) throw usage(`--output ${output} cannot be written: ${errorMessage(error)}`);
    return await printUnwritten(cli, { ...saving, answer, why: errorMessage(error) });
  } finally {
    interruption.release();
  }
}

/** What was sent must not be lost with its file, and it is no mistake of the command line any more. */
async function printUnwritten(
  cli: Cli,
  { named, output, isMasked, answer, why }: Saving & { readonly answer: Answer; readonly why: string },
): Promise<never> {
  const message = `the call was answered, but --output ${output} could not be written: ${why}`;
  if (answer.kind !== 'value')
    throw new Stop(
      exitCodes.error,
      message,
      named.endpoint.replay === 'safe'
        ? 'Call it again: it changes nothing.'
        : 'It may have been carried out: look on the platform before calling again.',
    );
  await print(cli, answer, { isMasked });
  throw new Stop(exitCodes.error, message, 'The answer is on standard output: do not call again for it.');
}

async function* piecesOf({ format }: Cli, ask: () => Answer): AsyncGenerator<Uint8Array> {
  const answer = ask();
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
