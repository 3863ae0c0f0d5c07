/** Predictions of a model API that runs. */
import { execFile } from 'node:child_process';
import { isAbsolute, relative, resolve } from 'node:path';
import { activeVersion, runsNow } from './model-api-views.js';
import { Refusal, notFound } from '../errors.js';
import { missing } from './errors.js';
import { codeOf } from './execution.js';
import { type Simulation, need } from './world/simulation.js';
import type { ModelApiVersion } from './world/state.js';

/** What a prediction may take. */
const timeoutMs = 5_000;

/**
 * Answers a prediction by a version, named by its number or `latest`, in the shape that Domino gives it.
 *
 * @throws Refusal 400 without `data`, 404, 500 when the function fails, 503 when the version does not run, 504
 */
export async function predict(
  simulation: Simulation,
  { modelApiId, version: wanted }: { readonly modelApiId: string; readonly version: string },
  body: unknown,
): Promise<object> {
  const modelApi = need(simulation.state.modelApis, modelApiId, 'model API');
  const version =
    wanted === 'latest'
      ? activeVersion(simulation, modelApi)
      : modelApi.versions.find(({ number }) => String(number) === wanted);
  if (version === undefined) throw notFound('model API version', wanted);
  if (!runsNow(simulation, modelApi, version))
    throw new Refusal(503, `Version ${version.number} of the model API is not running`);
  if (typeof body !== 'object' || body === null || !('data' in body)) throw missing('data');
  const { execution } = simulation;
  return {
    result:
      execution === null
        ? { simulated: true }
        : await runFunction(simulation, execution.closed, version, body.data),
    request_id: simulation.ids.request(),
    release: { model_version: version.id, model_version_number: version.number },
  };
}

/** Reads the input from stdin and writes the result to a line of its own, after whatever the code prints. */
const runner = `
const { readFileSync } = await import('node:fs');
const { pathToFileURL } = await import('node:url');
const [file, name] = process.argv.slice(1);
const module = await import(pathToFileURL(file).href);
const serve = module[name] ?? module.default?.[name];
if (typeof serve !== 'function') throw new Error(file + ' exports no function ' + name);
const result = await serve(JSON.parse(readFileSync(0, 'utf8')));
process.stdout.write('\\n' + JSON.stringify({ result: result ?? null }), () => process.exit(0));
`;

async function runFunction(
  simulation: Simulation,
  closed: AbortSignal,
  version: ModelApiVersion,
  input: unknown,
): Promise<unknown> {
  const { folder, file, name } = codeOf(simulation, version.source, version.commitId);
  if (folder === null) throw new Refusal(500, 'The model has no files');
  const path = resolve(folder, file);
  const inside = relative(folder, path);
  if (inside.startsWith('..') || isAbsolute(inside)) throw notFound('file', file);
  return runNode(
    ['--input-type=module', '--eval', runner, path, name],
    folder,
    closed,
    JSON.stringify(input),
  );
}

function runNode(args: readonly string[], cwd: string, signal: AbortSignal, input: string): Promise<unknown> {
  return new Promise((fulfil, reject) => {
    const options = { cwd, env: {}, timeout: timeoutMs, killSignal: 'SIGKILL', signal } as const;
    const child = execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error?.killed === true) reject(new Refusal(504, `The model did not answer in ${timeoutMs} ms`));
      else if (error !== null) reject(new Refusal(500, `The model failed: ${thrownIn(stderr)}`));
      else fulfil(resultIn(stdout));
    });
    child.stdin?.on('error', () => undefined); // a function that does not read its input ends all the same
    child.stdin?.end(input);
  });
}

/** The runner's own line is the last; what the code printed stands above it. */
function resultIn(stdout: string): unknown {
  const answer: unknown = JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1));
  return typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : null;
}

/** What the code threw, out of a page of stack. */
const thrownIn = (stderr: string): string =>
  stderr.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? stderr.trim().slice(0, 200);
