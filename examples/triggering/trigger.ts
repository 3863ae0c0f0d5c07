/**
 * Starts train-and-deploy, follows it and says how it ended. Needs the package `longhaul-client` and nothing else.
 *
 *   LONGHAUL_URL=http://127.0.0.1:8080 node trigger.ts [INPUT.json] [RUN_KEY]
 *
 * Exit code: 0 succeeded, 5 ended otherwise, 1 the run could not be started or followed.
 */
import { readFile } from 'node:fs/promises';
import { LonghaulHttpError, type PipelineInput, createHttpClient } from 'longhaul-client';

const file = process.argv[2] ?? new URL('input.json', import.meta.url);
const runKey = process.argv[3] ?? `nightly-${new Date().toISOString().slice(0, 10)}`;
const { LONGHAUL_URL: url, LONGHAUL_KEY: key } = process.env;
if (url === undefined) throw new Error('LONGHAUL_URL must be the URL of the Longhaul server');

const longhaul = createHttpClient({ url, key });
// The server checks it; written here, in TypeScript, the compiler does.
const input = JSON.parse(await readFile(file, 'utf8')) as PipelineInput<'train-and-deploy'>;

try {
  // Lost answers are asked for again with the same key, so that only one run is started.
  const { runId } = await longhaul.start('train-and-deploy', input, { key: runKey });
  console.log(runId, 'started');
  // Resumes by itself where a connection broke off, until the run has ended.
  for await (const event of longhaul.events(runId))
    console.log(event.event === 'run' ? event.run.status : `${event.step.name} ${event.step.state.status}`);
  const { status, failure } = await longhaul.wait(runId);
  console.log(runId, status + (failure ? `: ${failure.code}: ${failure.message}` : ''));
  process.exitCode = status === 'succeeded' ? 0 : 5;
} catch (error) {
  if (!(error instanceof LonghaulHttpError)) throw error;
  console.error(`${error.code}: ${error.message}`, error.fields ?? '');
  process.exitCode = 1;
}
