/** One call: everything that can be refused is refused before it, and it is sent once. */
import { constants, openAsBlob } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { PlatformEndpoint } from '../../contract/contracts.js';
import type { Endpoint } from '../../contract/endpoint.js';
import { pagingOf } from '../../contract/paging.js';
import { fileFieldOf, takesFile } from '../../contract/uploads.js';
import { readBytes } from '../../documents/bytes.js';
import type { CallInput } from '../../platform/call.js';
import { audited } from '../access/audited.js';
import type { Cli } from '../cli.js';
import { readDocument } from '../input.js';
import { exitCodes } from '../exit-codes.js';
import { Stop, errorMessage, usage } from '../stop.js';
import { checkOutput, writeAnswer } from './answer.js';
import type { CallFlags, Stated } from './flags.js';
import { type Caller, connect } from './connecting.js';
import { nameOf } from './endpoints.js';
import { type Given, readParameters } from './parameters.js';
import { sayFailure } from './refusals.js';
import { parametersFor } from './types.js';

/** A larger file is no upload that a platform takes in one request. */
const maxUploadBytes = 5 * 1024 ** 3;
/** Of what is read into memory for a body. */
const maxBodyBytes = 32 * 1024 ** 2;

/**
 * Calls an endpoint, and writes its answer.
 *
 * @throws Stop before anything is sent for what the flags say wrong, and after it by the table of failures
 */
export async function callEndpoint(cli: Cli, named: PlatformEndpoint, flags: CallFlags): Promise<void> {
  const { endpoint } = named;
  checkFlags(named, flags);
  await checkOutput(flags);
  const input = await readInput(named, flags);
  const caller = connect(cli.config(), named, flags.connection);
  await confirm(cli, { named, flags, input, caller });
  const perform = (): Promise<void> =>
    sayFailure(named, () => writeAnswer(cli, { named, flags }, answerOf(caller, { named, flags, input })));
  if (endpoint.replay === 'safe') return perform();
  await audited(cli, { action: 'connection.call', object: `${caller.connection} ${nameOf(named)}` }, perform);
}

function checkFlags(
  { endpoint }: PlatformEndpoint,
  { all, body, file, showSecret, output }: CallFlags,
): void {
  const { bodyEncoding = 'json', encoding = 'json' } = endpoint;
  if (all === true && pagingOf(endpoint) === null) throw usage('--all: the endpoint answers no list');
  if (!takesFile(endpoint) && file !== undefined)
    throw usage(
      '--file: the endpoint takes no upload',
      'Give a body with -p, or a whole one with --body FILE.',
    );
  if (takesFile(endpoint) && file === undefined && fileFieldOf(endpoint) === null)
    throw usage('--file is missing: the endpoint takes an upload', 'Give the file with --file PATH.');
  if (body !== undefined && (endpoint.body === undefined || bodyEncoding === 'bytes'))
    throw usage('--body: the endpoint takes no such body');
  if (encoding === 'bytes' && output === undefined && process.stdout.isTTY)
    throw usage('the answer is no text for a terminal', 'Keep it with --output FILE, or pipe it.');
  if (endpoint.secret !== true || showSecret === true) return;
  if (endpoint.replay === 'creates')
    throw usage(
      'the answer holds a secret, and the platform may tell it this once only',
      'Add --show-secret to have it printed.',
    );
  if (encoding !== 'json' || output !== undefined)
    throw usage('the answer is a secret', 'Add --show-secret if it is to be written out.');
}

async function readInput(named: PlatformEndpoint, flags: CallFlags): Promise<CallInput> {
  const { endpoint } = named;
  const body = flags.body === undefined ? undefined : await readDocument(flags.body, maxBodyBytes);
  const given = await Promise.all((flags.p ?? []).map((one) => readGiven(endpoint, one)));
  const file = flags.file === undefined ? undefined : await readUpload(flags.file);
  return readParameters(endpoint, given, { body, file });
}

/** `@FILE` is what the file says, `@@text` is `@text`. For a text it is the file as it is, but for the end of its last line. */
async function readGiven(endpoint: Endpoint, { name, text }: Stated): Promise<Given> {
  if (!text.startsWith('@')) return { name, text };
  if (text.startsWith('@@')) return { name, text: text.slice(1) };
  const file = text.slice(1);
  const isText = parametersFor(endpoint).some(
    (one) => one.type === 'text' && (one.name === name || `${one.place}.${one.name}` === name),
  );
  return { name, value: isText ? await readText(file) : await readDocument(file, maxBodyBytes) };
}

async function readText(file: string): Promise<string> {
  try {
    const bytes = await readBytes(file, maxBodyBytes);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch (error) {
    throw usage(`@${file} cannot be read as text: ${errorMessage(error)}`);
  }
}

async function readUpload(file: string): Promise<File> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > maxUploadBytes)
      throw new Error(`it has ${found.size} bytes, and at most ${maxUploadBytes} are sent`);
    await access(file, constants.R_OK);
  } catch (error) {
    throw usage(`--file ${file} cannot be sent: ${errorMessage(error)}`);
  }
  return new File([await openAsBlob(file)], basename(file)); // it is read while it is sent
}

interface Confirming {
  readonly named: PlatformEndpoint;
  readonly flags: CallFlags;
  readonly input: CallInput;
  readonly caller: Caller;
}

async function confirm({ terminal }: Cli, { named, flags, input, caller }: Confirming): Promise<void> {
  const { method, replay } = named.endpoint;
  const deed = replay === 'creates' ? 'creates' : method === 'DELETE' ? 'deletes' : null;
  if (deed === null || flags.yes === true) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw usage(
      `${caller.titleOf(input)} ${deed} something (${nameOf(named)})`,
      'Add --yes if that is meant.',
    );
  terminal.say(`${caller.titleOf(input)}: ${named.endpoint.summary}`);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await prompt.question(`It ${deed} something. Go on? [y/N] `);
    if (!/^y(es)?$/i.test(said.trim())) throw usage('nothing was sent');
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError')
      throw new Stop(exitCodes.interrupted, 'nothing was sent');
    throw error;
  } finally {
    prompt.close();
  }
}

interface Calling {
  readonly named: PlatformEndpoint;
  readonly flags: CallFlags;
  readonly input: CallInput;
}

/** Nothing is sent before it is asked for. */
const answerOf =
  ({ call, each }: Caller, { named, flags, input }: Calling) =>
  () => {
    const { encoding = 'json' } = named.endpoint;
    const streams = encoding === 'bytes' || (encoding === 'text' && flags.output !== undefined);
    if (flags.all === true) return { kind: 'items' as const, items: each(input) };
    if (streams) return { kind: 'stream' as const, stream: call(input, { streams: true }) };
    return { kind: 'value' as const, value: call(input) };
  };
