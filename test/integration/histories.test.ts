/** Histories as users keep and check them: by commands and over HTTP. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram } from '../support/program.js';
import { startServer } from '../support/server.js';
import { type Stage, createStage, fullInput } from '../support/stage.js';

const mainFile = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const bundleFile = new URL('../../dist/workflow-bundle.js', import.meta.url).pathname;
const golden = new URL('../replay/histories/0.2.0/', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'longhaul-histories-'));
let stage: Stage;
let runId: string;

beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
  ({ runId } = await stage.client.start('train-and-deploy', fullInput(stage.connection), { key: 'one' }));
  await stage.client.wait(runId, { timeoutMs: 90_000 });
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

const longhaul = (...args: string[]) =>
  runProgram(process.execPath, [mainFile, 'history', ...args], { env: stage.env });

/** The bundle with one change, as a file. */
function changedBundle(name: string, from: string, to: string): string {
  const bundle = readFileSync(bundleFile, 'utf8');
  const changed = bundle.replace(from, to);
  if (changed === bundle) throw new Error(`the bundle has no ${from}`);
  const file = join(folder, `${name}.js`);
  writeFileSync(file, changed);
  return file;
}

describe('history export', () => {
  it('writes what history check replays, also of one attempt', async () => {
    const file = join(folder, 'one.json');
    expect(await longhaul('export', runId, '-O', file)).toMatchObject({ exitCode: 0, stdout: '' });
    const { exitCode, stdout, stderr } = await longhaul('check', file);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^ok .*one\.json \(\d+ events\)\n$/)]);
    expect(stderr).toMatch(/^1 history in [\d.]+ s \(\d+ a second\): all are replayed\n$/);

    const { attemptId } = await stage.client.get(runId);
    const { stdout: json } = await longhaul('export', runId, '--attempt', attemptId);
    expect(JSON.parse(json)).toEqual(JSON.parse(readFileSync(file, 'utf8')));
    expect(json).not.toContain(stage.simulator.apiKey);
  });

  it('of a run that there is not exits 4', async () => {
    expect(await longhaul('export', 'train-and-deploy.nobody')).toMatchObject({ exitCode: 4, stdout: '' });
  });

  it('is the same over HTTP', async () => {
    const server = await startServer(stage);
    const answer = await fetch(new URL(`/v1/runs/${runId}/history`, server.url));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    expect(await answer.json()).toEqual(JSON.parse((await longhaul('export', runId)).stdout));
    await server.close();
  });
});

describe('history check', () => {
  it('names the event, the activity and the step where changed code would diverge, and exits 5', async () => {
    const bundle = changedBundle('no-gate', 'if: (input) => input.gate !== undefined,', 'if: () => false,');
    const file = join(golden, 'train-and-deploy.succeeded.json');
    const { exitCode, stdout } = await longhaul('check', file, '--bundle', bundle, '-o', 'json');
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      5,
      [
        {
          name: file,
          events: 60,
          divergence: {
            eventId: 35,
            activity: 'getLiveModel',
            step: 'gate',
            reason:
              "Activity id of scheduled event 'gate.6' does not match activity id of activity command 'register.6'",
          },
        },
      ],
    ]);
    const refused = await longhaul(
      'check',
      join(golden, 'train-and-deploy.refused.json'),
      '--bundle',
      bundle,
    );
    expect(refused.stdout).toContain('step "gate", event 29');
  });

  it('checks the runs that a query finds, and finding none is an error', async () => {
    const query = (text: string) => longhaul('check', '--query', text, '--limit', '5', '-o', 'jsonl');
    const found = await query(`WorkflowType = 'trainAndDeploy'`);
    expect([found.exitCode, JSON.parse(found.stdout)]).toEqual([
      0,
      { name: expect.stringContaining(runId), events: expect.any(Number), divergence: null },
    ]);
    const none = await query(`WorkflowType = 'nothing'`);
    expect([none.exitCode, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toContain('there was no history to check');
  });

  it('refuses what is no history, an empty directory, and nothing at all', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const wrong = join(folder, 'wrong.json');
    writeFileSync(wrong, '{"events": []}');
    const said = async (...args: string[]) => {
      const { exitCode, stderr } = await longhaul('check', ...args);
      return [exitCode, stderr];
    };
    expect(await said(empty)).toEqual([2, expect.stringContaining('there was no history to check')]);
    expect(await said(wrong)).toEqual([2, expect.stringContaining('wrong.json is no history')]);
    expect(await said(join(folder, 'none'))).toEqual([2, expect.stringContaining('is not there')]);
    expect(await said()).toEqual([2, expect.stringContaining('either files and directories, or --query')]);
    expect(await said(golden, '--bundle', 'none.js')).toEqual([
      2,
      expect.stringContaining('none.js is missing'),
    ]);
  });
});
