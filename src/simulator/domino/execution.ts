/** Really runs the commands of jobs and the functions of models, each in a folder of its own on this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { courseOf, nano } from './job-views.js';
import { jobOfRun } from './registered-models.js';
import type { Execution, Simulation } from './world/simulation.js';
import type { Job, LogLine, ModelApiSource, RealRun, State } from './world/state.js';
import { buildSucceeds, readyAt } from './world/timelines.js';

/** How often a waiting job looks whether it can start, at most: the clock's speed may change meanwhile. */
const lookEveryMs = 100;
/** What a program gets to end by itself after it was asked to. */
const graceMs = 2_000;

/** What runs and waits to run. */
interface Floor {
  readonly root: string;
  readonly home: string;
  readonly state: State;
  readonly clock: Clock;
  readonly children: Map<Job, ChildProcess>;
  readonly timers: Map<Job, NodeJS.Timeout>;
  readonly ends: Set<Promise<void>>;
  readonly closing: AbortController;
}

/** Real execution below the system's folder for temporary files. */
export async function createExecution(state: State, clock: Clock): Promise<Execution> {
  const root = await mkdtemp(join(tmpdir(), 'domino-simulator-'));
  const home = join(root, 'home');
  await mkdir(home);
  const closing = new AbortController();
  const floor: Floor = {
    ...{ root, home, state, clock, closing },
    children: new Map(),
    timers: new Map(),
    ends: new Set(),
  };
  return {
    closed: closing.signal,
    launch: (job) => look(floor, job),
    stop(job) {
      const child = floor.children.get(job);
      if (child === undefined) return;
      killGroup(child, 'SIGTERM');
      setTimeout(() => killGroup(child, 'SIGKILL'), graceMs).unref();
    },
    isMissing(simulation, source, commitId) {
      const { folder, file } = codeOf(simulation, source, commitId);
      return folder === null || !existsSync(join(folder, file));
    },
    close: () => close(floor),
  };
}

/** Starts a job once it is ready; looks again as long as it is not. */
function look(floor: Floor, job: Job): void {
  const { clock, timers, ends, closing } = floor;
  timers.delete(job);
  if (job.real === undefined || closing.signal.aborted || job.stop !== undefined) return;
  const waitMs = (readyAt(courseOf(job)) - clock.now()) / clock.speed;
  if (waitMs > 0) {
    timers.set(job, setTimeout(look, Math.min(waitMs, lookEveryMs), floor, job).unref());
    return;
  }
  if (!buildSucceeds(job.build)) return;
  const end = run(floor, job, job.real).finally(() => ends.delete(end));
  ends.add(end);
}

async function run(floor: Floor, job: Job, real: RealRun): Promise<void> {
  const { root, state, clock, children, closing } = floor;
  const folder = join(root, 'jobs', job.id);
  try {
    await prepareFolder(state, job, folder);
    if (!closing.signal.aborted && job.stop === undefined) {
      real.startedAt = clock.now();
      await runCommand(floor, job, real, folder);
    }
  } catch (error) {
    real.reason = error instanceof Error ? error.message : String(error);
  }
  children.delete(job);
  real.stats = { mlflow_run_id: job.mlflowRunId, ...(await readStats(folder)) };
  state.commits.set(job.outputCommitId, folder);
  real.startedAt ??= clock.now();
  real.endedAt = clock.now();
}

async function close({ root, children, timers, ends, closing }: Floor): Promise<void> {
  closing.abort();
  for (const timer of timers.values()) clearTimeout(timer);
  for (const child of children.values()) killGroup(child, 'SIGKILL');
  await Promise.all(ends);
  await rm(root, { recursive: true, force: true });
}

async function prepareFolder(state: State, { inputCommitId }: Job, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const source = state.commits.get(inputCommitId) ?? null;
  if (source === null) await mkdir(folder);
  else await cp(source, folder, { recursive: true });
}

/** By the ending of a script’s name, in lower case. */
const programs: Readonly<Record<string, string>> = {
  py: 'python3',
  r: 'Rscript',
  sh: 'sh',
  js: 'node',
  mjs: 'node',
};

/** The command; one that begins with a script has the program for it put before. */
function shellTextOf({ command }: Job): string {
  const ending = /^\s*[\w./-]+\.(\w+)(?=\s|$)/.exec(command)?.[1]?.toLowerCase() ?? '';
  const program = Object.hasOwn(programs, ending) ? programs[ending] : undefined;
  return program === undefined ? command : `${program} ${command}`;
}

/** Runs a command to its end, and takes with it what it left running. */
function runCommand(
  { home, clock, children }: Floor,
  job: Job,
  real: RealRun,
  folder: string,
): Promise<void> {
  const child = spawn('/bin/sh', ['-c', shellTextOf(job)], {
    cwd: folder,
    env: environmentOf(job, home),
    detached: true, // its own process group, so that a stop reaches its children too
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.set(job, child);
  const write = (logType: LogLine['logType']) => (log: string) => {
    const timeNano = nano(clock.now(), 0);
    const last = real.lines.at(-1)?.timeNano ?? 0n;
    real.lines.push({ log, logType, timeNano: timeNano > last ? timeNano : last + 1n });
  };
  readLines(child.stdout, write('stdOut'));
  readLines(child.stderr, write('stdErr'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => killGroup(child, 'SIGKILL'));
    child.once('close', (code, signal) => {
      real.ending = code === 0 ? 'Succeeded' : 'Failed';
      if (code !== 0) real.reason = `The command ended with ${signal ?? `exit code ${code}`}`;
      resolve();
    });
  });
}

const readLines = (stream: Readable, write: (line: string) => void): void => {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', write);
};

/** A small world of its own: nothing of the simulator's environment, which may hold secrets, reaches a job. */
const environmentOf = ({ id, project, mlflowRunId }: Job, home: string): NodeJS.ProcessEnv => ({
  PATH: searchPath,
  HOME: home,
  DOMINO_RUN_ID: id,
  DOMINO_PROJECT_NAME: project.name,
  DOMINO_PROJECT_OWNER: project.owner.name,
  DOMINO_STARTING_USERNAME: project.owner.name,
  MLFLOW_RUN_ID: mlflowRunId,
});

/** The folder of this Node first, so that `node` is the one that runs the simulator. */
const searchPath = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;

function killGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended already.
  }
}

const Stats = z.record(z.string(), z.unknown());

/** What a program wrote to `dominostats.json`; a file that is none counts as absent. */
async function readStats(folder: string): Promise<Record<string, string>> {
  try {
    const stats = Stats.parse(JSON.parse(await readFile(join(folder, 'dominostats.json'), 'utf8')));
    return Object.fromEntries(
      Object.entries(stats).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    );
  } catch {
    return {};
  }
}

/** The file and the function that a model API serves. A registered model is served by `predict` of `predict.js`. */
export function codeOf(
  simulation: Simulation,
  source: ModelApiSource,
  commitId: string,
): { readonly folder: string | null; readonly file: string; readonly name: string } {
  const { commits, registeredModels } = simulation.state;
  if (source.type === 'File') {
    const { file = '', function: name = '' } = source;
    return { folder: commits.get(commitId) ?? null, file, name };
  }
  const model = registeredModels.get(source.registeredModelName ?? '');
  const runId = model?.versions[(source.registeredModelVersion ?? 0) - 1]?.experimentRunId;
  const output = runId === undefined ? undefined : jobOfRun(simulation, runId).outputCommitId;
  return { folder: commits.get(output ?? '') ?? null, file: 'predict.js', name: 'predict' };
}
