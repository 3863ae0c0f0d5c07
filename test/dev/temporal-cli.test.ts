/** Finding Temporal's CLI, with shell scripts in the place of the real one: only its `--version` matters here. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findTemporalCli } from '../../src/dev/temporal-cli.js';
import { type CliDownload, isKnownProgram } from '../../src/dev/temporal-cli-downloads.js';

/** What the scripts of these tests are known by. */
const sums = new Set<string>();
const recent = 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)';
const old = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)';
let folder = '';
let said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-cli-'));
  said = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The text of a program, which is known from then on. */
function script(version: string): string {
  const text = `#!/bin/sh\necho '${version}'\n`;
  sums.add(createHash('sha256').update(text).digest('hex'));
  return text;
}

function fakeCli(path: string, version = recent): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, script(version));
  chmodSync(file, 0o755);
  return file;
}

const cachedPath = 'cache/longhaul/temporal-cli/1.9.1/temporal';
const inFolder = (path: string): string => join(folder, path);

/** Looks on an empty machine, unless `env` says more; what it says is kept in `said`, with the folder left out. */
const find = (env: Record<string, string> = {}, downloads: readonly CliDownload[] = []): Promise<string> =>
  findTemporalCli({
    env: { PATH: inFolder('bin'), XDG_CACHE_HOME: inFolder('cache'), ...env },
    say: (line) => said.push(line.replaceAll(folder, '…')),
    downloads,
    isKnown: (sha256) => sums.has(sha256),
  });

/** A download that gives a script after a while, and counts. */
function fakeDownload(version = recent): CliDownload & { fetched: number } {
  const download = {
    name: 'a download',
    fetched: 0,
    async fetch(target: string) {
      download.fetched++;
      await sleep(50);
      const file = join(target, 'unpacked');
      writeFileSync(file, script(version));
      return file;
    },
  };
  return download;
}

describe('an installed CLI', () => {
  it('is the one that TEMPORAL_CLI_PATH names, whatever else there is', async () => {
    const given = fakeCli('given/my-temporal');
    fakeCli('bin/temporal');
    expect(await find({ TEMPORAL_CLI_PATH: given })).toBe(given);
    expect(said).toEqual([]);
  });

  it('is the one on PATH when TEMPORAL_CLI_PATH names nothing that runs', async () => {
    const onPath = fakeCli('bin/temporal');
    expect(await find({ TEMPORAL_CLI_PATH: inFolder('nothing') })).toBe(onPath);
    expect(said).toEqual(["Temporal's CLI: TEMPORAL_CLI_PATH, …/nothing: there is no program"]);
  });

  it('is the one in the cache when the one on PATH is too old', async () => {
    fakeCli('bin/temporal', old);
    const cached = fakeCli(cachedPath);
    expect(await find()).toBe(cached);
    expect(said).toEqual([
      "Temporal's CLI: `temporal` on PATH: its server is 1.29, and 1.31 is the oldest that will do",
    ]);
  });

  it('is recognized by the server in its version line, in the old and the new form', async () => {
    expect(
      await find({ TEMPORAL_CLI_PATH: fakeCli('a', 'temporal version 2.0.0 (server 2.0.1) (ui 3.0.0)') }),
    ).toBe(inFolder('a'));
    await expect(find({ TEMPORAL_CLI_PATH: fakeCli('b', 'temporal version 9.9.9') })).rejects.toThrow();
    expect(said[0]).toBe(
      "Temporal's CLI: TEMPORAL_CLI_PATH, …/b: `--version` names no server, so it is not a Temporal CLI",
    );
  });
});

describe('a downloaded CLI', () => {
  it('comes from the first download that works, is cached, and is found there the next time', async () => {
    const download = fakeDownload();
    const broken: CliDownload = { name: 'a broken one', fetch: () => Promise.reject(new Error('no route')) };
    expect(await find({}, [broken, download])).toBe(inFolder(cachedPath));
    expect(said).toEqual([
      "Temporal's CLI: `temporal` on PATH: none; looking elsewhere",
      `Temporal's CLI: the cache, …/${cachedPath}: there is no program`,
      "Temporal's CLI: a broken one: no route",
    ]);
    expect(await find({}, [download])).toBe(inFolder(cachedPath));
    expect(download.fetched).toBe(1);
  });

  it('is one good file, with nothing beside it, when two fetch it at once', async () => {
    const download = fakeDownload();
    const paths = await Promise.all([find({}, [download]), find({}, [download])]);
    expect(paths).toEqual([inFolder(cachedPath), inFolder(cachedPath)]);
    expect(spawnSync(inFolder(cachedPath), ['--version'], { encoding: 'utf8' }).stdout).toBe(`${recent}\n`);
    expect(readdirSync(inFolder('cache/longhaul/temporal-cli'))).toEqual(['1.9.1']);
  });

  it('is not cached, and leaves nothing, when it turns out to be too old', async () => {
    await expect(find({}, [fakeDownload(old)])).rejects.toThrow();
    expect(said.at(-1)).toBe(
      "Temporal's CLI: a download: its server is 1.29, and 1.31 is the oldest that will do",
    );
    expect(readdirSync(inFolder('cache/longhaul/temporal-cli'))).toEqual([]);
  });

  it('replaces a broken file in the cache', async () => {
    fakeCli(cachedPath, 'Segmentation fault');
    expect(await find({}, [fakeDownload()])).toBe(inFolder(cachedPath));
    expect(await find()).toBe(inFolder(cachedPath));
  });

  it('clears what a killed download left an hour ago, but not one that is under way', async () => {
    fakeCli(cachedPath);
    const cache = 'cache/longhaul/temporal-cli';
    mkdirSync(inFolder(`${cache}/fetching-new`));
    mkdirSync(inFolder(`${cache}/fetching-old`));
    utimesSync(inFolder(`${cache}/fetching-old`), 0, 0);
    expect(await find()).toBe(inFolder(cachedPath));
    expect(readdirSync(inFolder(cache))).toEqual(['1.9.1', 'fetching-new']);
  });
});

describe('a program whose checksum is not known', () => {
  /** A program that would leave a trace if it were run. */
  function foreign(path: string): { file: string; trace: string } {
    const [file, trace] = [fakeCli(path), inFolder('trace')];
    writeFileSync(file, `#!/bin/sh\n: > '${trace}'\necho '${recent}'\n`);
    return { file, trace };
  }
  const refused = /: it is another program: its sha256 is [0-9a-f]{64}; it is not run$/;

  it('is never run out of the cache, and is replaced by one that is fetched', async () => {
    const { file, trace } = foreign(cachedPath);
    expect(await find({}, [fakeDownload()])).toBe(file);
    expect(said[1]).toMatch(refused);
    expect([existsSync(trace), readFileSync(file, 'utf8')]).toEqual([false, script(recent)]);
  });

  it('is never run when it was fetched, whatever it says of its version', async () => {
    const { file, trace } = foreign('elsewhere');
    const download: CliDownload = { name: 'a foreign one', fetch: () => Promise.resolve(file) };
    await expect(find({}, [download])).rejects.toThrow('No Temporal CLI');
    expect(said.at(-1)).toMatch(refused);
    expect(existsSync(trace)).toBe(false);
  });

  it('is the user’s own affair where the user has installed it', async () => {
    const { file, trace } = foreign('bin/temporal');
    expect(await find()).toBe(file);
    expect(existsSync(trace)).toBe(true);
  });

  it('is every program but the one of this version, by the checksums that are pinned', async () => {
    fakeCli(cachedPath);
    const env = { PATH: inFolder('bin'), XDG_CACHE_HOME: inFolder('cache') };
    await expect(findTemporalCli({ env, downloads: [] })).rejects.toThrow('No Temporal CLI');
    for (const sha256 of [
      '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0', // linux-x64
      '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d', // linux-arm64
      '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b', // darwin-arm64
      'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc', // darwin-x64
    ])
      expect(isKnownProgram(sha256)).toBe(true);
  });
});

describe('no CLI at all', () => {
  it('says how to give one', async () => {
    await expect(find()).rejects.toThrow(
      'No Temporal CLI with server 1.31 or newer was found, and none could be fetched. Install it from ' +
        'https://docs.temporal.io/cli/setup-cli so that `temporal` is on PATH, or set TEMPORAL_CLI_PATH to the path of one.',
    );
  });
});
