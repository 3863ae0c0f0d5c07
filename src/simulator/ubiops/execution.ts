/** Really runs requests: the `deployment.py` of a package, or the `train.py` of a training, each in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Stored } from '../stored.js';
import { entriesOf, readEntry } from './packages.js';
import { timedOut } from './request-plans.js';
import { activeRevision } from './version-states.js';
import { type Execution, type Simulation, birth, isThere } from './world/simulation.js';
import type { Field, Plan, Request } from './world/state.js';

/** How often a request that is pending looks whether it may start: the clock's speed may change meanwhile. */
const lookEveryMs = 50;
/** More lines of a log are not kept. */
const mostLines = 10_000;
/** More of a file of a package is not unpacked. */
const maxFileBytes = 512 * 1024 * 1024;
/** No request really runs longer, whatever it says. */
const mostMs = 10 * 60_000;

interface Floor {
  readonly root: string;
  readonly children: Map<Request, ChildProcess>;
  readonly ends: Set<Promise<void>>;
  readonly closing: AbortController;
}

/** Real execution below the system's folder for temporary files. */
export async function createExecution(): Promise<Execution> {
  const root = await mkdtemp(join(tmpdir(), 'longhaul-execution-'));
  const floor: Floor = { root, children: new Map(), ends: new Set(), closing: new AbortController() };
  return {
    launch(simulation, request) {
      request.endsAt = Number.POSITIVE_INFINITY;
      const end = run(floor, simulation, request).finally(() => floor.ends.delete(end));
      floor.ends.add(end);
    },
    stop: (request) => kill(floor.children.get(request)),
    async close() {
      floor.closing.abort();
      for (const child of floor.children.values()) kill(child);
      await Promise.all(floor.ends);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Its process group, so that what it started ends too. */
function kill(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}

async function run(floor: Floor, simulation: Simulation, request: Request): Promise<void> {
  const { clock } = simulation;
  const isOff = (): boolean => floor.closing.signal.aborted || request.cancelledAt !== undefined;
  while (clock.now() < request.startsAt && !isOff()) await wait(lookEveryMs, undefined, { ref: false });
  const log: string[] = [];
  request.plan = { status: 'completed', result: null, error: '', log };
  try {
    if (!isOff()) request.plan = { ...request.plan, ...(await runOnce(floor, simulation, request, log)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    request.plan = { ...request.plan, status: 'failed', error: reason };
  }
  floor.children.delete(request);
  request.endsAt = clock.now();
}

type Outcome = Pick<Plan, 'status' | 'result' | 'error'>;

const failed = (error: string): Outcome => ({ status: 'failed', result: null, error });

async function runOnce(
  floor: Floor,
  simulation: Simulation,
  request: Request,
  log: string[],
): Promise<Outcome> {
  const folder = join(floor.root, request.id);
  await mkdir(folder);
  const input = await inputIn(simulation, request, folder);
  const code = await codeIn(floor, simulation, request, { folder, input });
  const result = join(folder, 'result.json');
  const ended = await runPython(floor, request, {
    args: [code.kind, code.file, result],
    folder,
    input,
    log,
    env: envOf(simulation, request),
  });
  if (ended !== null)
    return failed(ended === 'timeout' ? timedOut(request.timeoutSeconds) : (log.at(-1) ?? ended));
  const answered: unknown = JSON.parse(await readFile(result, 'utf8'));
  const { outputFields } = request.version.deployment;
  return {
    status: 'completed',
    result: await outputOf(simulation, request, { folder, fields: outputFields }, answered),
    error: '',
  };
}

/** The result goes to a file: what the code prints is its log. */
const runner = `
import importlib.util, json, os, sys
kind, file, out = sys.argv[1:4]
folder = os.path.dirname(file)
sys.path.insert(0, folder)
data = json.load(sys.stdin)
context = {'base_directory': folder, 'request_id': os.environ.get('UBIOPS_REQUEST_ID')}
spec = importlib.util.spec_from_file_location('package', file)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
if kind == 'train':
    result = module.train(data.get('training_data'), data.get('parameters') or {}, context)
else:
    result = module.Deployment(folder, context).request(data)
with open(out, 'w') as target:
    json.dump(result, target)
`;

interface Running {
  readonly args: readonly string[];
  readonly folder: string;
  readonly input: unknown;
  readonly log: string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Runs it to its end; answers why that is none, or `null`. */
function runPython(
  { children }: Floor,
  request: Request,
  { args, folder, input, log, env }: Running,
): Promise<string | null> {
  const child = spawn('python3', ['-u', '-c', runner, ...args], {
    ...{ cwd: folder, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  });
  children.set(request, child);
  let isLate = false;
  const timer = setTimeout(
    () => {
      isLate = true;
      kill(child);
    },
    Math.min(request.timeoutSeconds * 1_000, mostMs),
  );
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      if (log.length < mostLines) log.push(line);
    });
  child.stdin.on('error', () => undefined); // code that does not read its input ends all the same
  child.stdin.end(JSON.stringify(input ?? null));
  return new Promise((fulfil, reject) => {
    child.once('error', reject);
    child.once('exit', () => kill(child));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (isLate) fulfil('timeout');
      else fulfil(code === 0 ? null : `the code ended with ${signal ?? `exit code ${String(code)}`}`);
    });
  });
}

/** A small world of its own: nothing of the simulator's environment, which may hold secrets, and its variables. */
function envOf({ state }: Simulation, { id, version }: Request): NodeJS.ProcessEnv {
  const { deployment } = version;
  const project = state.projects.find(({ name }) => name === deployment.project);
  const variables = [...(project?.variables ?? []), ...deployment.variables, ...version.variables];
  return {
    ...{ PATH: '/usr/local/bin:/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1', UBIOPS_REQUEST_ID: id },
    ...Object.fromEntries(variables.filter(isThere).map(({ name, value }) => [name, value])),
  };
}

interface Code {
  readonly kind: 'train' | 'serve';
  readonly file: string;
}

/** What runs: the package of the version; of one of a template, the training code that the input names. */
async function codeIn(
  { root }: Floor,
  simulation: Simulation,
  { version }: Request,
  { folder, input }: { readonly folder: string; readonly input: unknown },
): Promise<Code> {
  const revision = activeRevision(simulation, version);
  if (revision === undefined) throw new Error('The deployment version has no package');
  if (revision.package === null) {
    const given: unknown = { ...(input as object) }['training_code' as never];
    if (typeof given !== 'string') throw new Error('There is no training_code');
    return { kind: 'train', file: await unpacked(given, join(folder, 'code'), 'train.py') };
  }
  const unpackedTo = join(root, `package-${revision.id}`);
  if (!existsSync(unpackedTo)) {
    await unpack(revision.package.content, unpackedTo);
  }
  return { kind: 'serve', file: await findIn(unpackedTo, 'deployment.py') };
}

/** A ZIP is unpacked; anything else is the code. */
async function unpacked(file: string, folder: string, name: string): Promise<string> {
  const { size } = await stat(file);
  const content = new Stored(file, 0, size);
  if ((await entriesOf(content)).length > 0) {
    await unpack(content, folder);
    return findIn(folder, name);
  }
  await mkdir(folder);
  await cp(file, join(folder, name));
  return join(folder, name);
}

async function unpack(content: Stored, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const entry of await entriesOf(content)) {
    const file = resolve(folder, entry.name);
    if (!file.startsWith(folder + sep)) throw new Error(`${entry.name} leads out of the package`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await readEntry(content, entry, maxFileBytes));
  }
}

/** At the top, or in one of the folders there. */
async function findIn(folder: string, name: string): Promise<string> {
  const folders = (await readdir(folder, { withFileTypes: true })).filter((one) => one.isDirectory());
  const places = [folder, ...folders.map((one) => join(folder, one.name))].map((at) => join(at, name));
  const found = places.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`The package has no ${name}`);
  return found;
}

const fileUri = /^ubiops-file:\/\/([^/]+)\/(.+)$/s;

/** The input, with files of buckets as files of the folder. */
async function inputIn(
  simulation: Simulation,
  { version, input }: Request,
  folder: string,
): Promise<unknown> {
  if (typeof input !== 'object' || input === null) return input;
  const project = version.deployment.project;
  const fields = Object.entries(input).map(async ([name, value], at) => {
    const [, bucketName, path] = (typeof value === 'string' && fileUri.exec(value)) || [];
    if (bucketName === undefined || path === undefined) return [name, value as unknown] as const;
    const bucket = simulation.state.buckets.find((one) => one.project === project && one.name === bucketName);
    const file = bucket?.files.findLast((one) => one.name === path && isThere(one));
    if (file === undefined) throw new Error(`There is no file ${String(value)}`);
    // Neither name is a part of a path; the code may go by how the file’s ends.
    const target = join(folder, `input-${at}-${path.replaceAll(/[^\w.-]/g, '_').slice(-100)}`);
    await pipeline(file.content.stream(), createWriteStream(target));
    return [name, target] as const;
  });
  return Object.fromEntries(await Promise.all(fields));
}

/** The result, with its files as files of the project's bucket. */
async function outputOf(
  simulation: Simulation,
  { id, version }: Request,
  { folder, fields }: { readonly folder: string; readonly fields: readonly Field[] },
  answered: unknown,
): Promise<unknown> {
  if (typeof answered !== 'object' || answered === null) return answered;
  const { project } = version.deployment;
  const bucket = simulation.state.buckets.find((one) => one.project === project && one.name === 'default');
  const kept = Object.entries(answered).map(async ([name, value]) => {
    const isFile = fields.some((field) => field.name === name && field.data_type === 'file');
    if (!isFile || typeof value !== 'string' || bucket === undefined)
      return [name, value as unknown] as const;
    const file = resolve(folder, value);
    const { size } = await stat(file);
    const path = `${id}/${basename(file)}`;
    bucket.files.push({ ...birth(simulation), name: path, content: new Stored(file, 0, size) });
    return [name, `ubiops-file://default/${path}`] as const;
  });
  return Object.fromEntries(await Promise.all(kept));
}
