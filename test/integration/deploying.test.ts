/** docs/deploying.md, followed: changed workflow code under a run that waits. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../support/command.js';
import { type Stage, createStage, fullInput, statuses, until } from '../support/stage.js';

const root = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'longhaul-deploying-'));
let stage: Stage;

beforeAll(async () => {
  stage = await createStage({ world: new URL('../support/slow-job.yaml', import.meta.url).pathname });
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

/** Another installation, whose `train-and-deploy` adds no revision: runs that added one cannot be its. */
function installNext(): { readonly mainFile: string; readonly bundle: string } {
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const bundle = join(folder, 'dist/workflow-bundle.js');
  const code = readFileSync(bundle, 'utf8');
  const changed = code.replace(
    'spec && made ? { environment: made, dockerfile: spec.dockerfile } : null',
    'null',
  );
  expect(changed).not.toBe(code);
  writeFileSync(bundle, changed);
  return { mainFile: join(folder, 'dist/cli/main.js'), bundle };
}

const longhaul = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await runCommand(args, { env: stage.env });
  return { exitCode, stdout, stderr };
};
const versions = async () =>
  JSON.parse((await longhaul('deployment', 'list', '-o', 'json')).stdout) as object[];
const buildIdIn = (log: readonly string[]): string =>
  (JSON.parse(log.find((line) => line.includes('"worker started"')) ?? '{}') as { buildId: string }).buildId;
const start = async (key: string, command: string) => {
  const input = {
    ...fullInput(stage.connection),
    train: { command },
    gate: undefined,
    register: { model: key },
    deploy: { modelApi: key },
  };
  return (await stage.client.start('train-and-deploy', input, { key })).runId;
};

describe('changed workflow code under a running pipeline', () => {
  it('is taken by new runs when it is current, while a run that waits ends with the code that began it', async () => {
    await stage.startWorker(['--roles', 'activities']);
    const first = await stage.startWorker(['--roles', 'pipelines', '--versioned']);
    const one = buildIdIn(first.log);
    expect(one).toMatch(/^[0-9a-f]{12}$/);
    const readiness = await (await fetch(`http://${first.health}/readyz`)).json();
    expect(readiness).toEqual({ status: 'ok', faults: [], buildId: one });
    // It is not current yet, and says by which command it becomes so.
    await logged(first.log, `longhaul deployment set-current ${one}`);
    expect(await longhaul('deployment', 'set-current', 'nonsense', '--reason', 'r')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining(`no worker has the version nonsense; known are ${one}`),
    });
    const current = await longhaul('deployment', 'set-current', one, '--reason', 'the first');
    expect([current.exitCode, current.stdout]).toEqual([0, `new runs begin with ${one}\n`]);

    const waiting = await start('waiting', 'python slow.py');
    await until(stage.client, waiting, (run) => statuses(run)['train'] === 'waiting');
    expect((await stage.client.get(waiting)).codeVersion).toBe(one);

    // Before it is deployed, the check says what would become of the run, and where.
    const next = installNext();
    const query = `ExecutionStatus = 'Running' AND LonghaulPipeline IS NOT NULL`;
    const check = await longhaul('history', 'check', '--query', query, '--bundle', next.bundle);
    expect([check.exitCode, check.stdout]).toEqual([
      5,
      expect.stringContaining('step "revision", ensureRevision'),
    ]);

    const second = await stage.startWorker(['--roles', 'pipelines', '--versioned'], {}, next.mainFile);
    const two = buildIdIn(second.log);
    expect(two).not.toBe(one);
    await logged(second.log, `longhaul deployment set-current ${two}`);
    await longhaul('deployment', 'set-current', two, '--reason', 'adds no revision');
    await untilVersions(one, { status: 'draining', openRuns: 1 });
    expect(await versions()).toContainEqual(expect.objectContaining({ buildId: two, status: 'current' }));

    const started = await start('new', 'python train.py');
    const ended = await stage.client.wait(started, { timeoutMs: 90_000 });
    expect([ended.status, statuses(ended)['revision'], ended.codeVersion]).toEqual([
      'succeeded',
      'skipped',
      two,
    ]);
    await stage.control('clock', { advanceSeconds: 86_400 });
    const drained = await stage.client.wait(waiting, { timeoutMs: 90_000 });
    expect([drained.status, statuses(drained)['revision'], drained.codeVersion]).toEqual([
      'succeeded',
      'succeeded',
      one,
    ]);
    await untilVersions(one, { openRuns: 0 });
    first.kill('SIGTERM');
    expect(await first.ended).toBe(0);

    // What that run has finished carries over to the new code when it is replayed.
    const plan = await stage.client.replays.plan({ runId: waiting, from: 'deploy' });
    const detail = `build ${one} ran it, build ${two} will go on`;
    expect(plan.differences).toEqual([{ what: 'code', detail }]);
    await stage.client.replays.apply({ runId: waiting }, { plan: plan.hash, by: 'ada', reason: 'new code' });
    const replayed = await stage.client.wait(waiting, { timeoutMs: 90_000 });
    expect([replayed.status, statuses(replayed)['train'], replayed.codeVersion]).toEqual([
      'succeeded',
      'reused',
      two,
    ]);
  }, 180_000);
});

async function logged(log: readonly string[], text: string): Promise<void> {
  for (const endMs = Date.now() + 20_000; !log.some((line) => line.includes(text));) {
    if (Date.now() > endMs) throw new Error(`nothing said "${text}":\n${log.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function untilVersions(buildId: string, wanted: object): Promise<void> {
  for (const endMs = Date.now() + 30_000; ;) {
    const found = (await versions()).find((one) => 'buildId' in one && one.buildId === buildId);
    if (found !== undefined && Object.entries(wanted).every(([key, value]) => found[key as never] === value))
      return;
    if (Date.now() > endMs) throw new Error(`the version stands at ${JSON.stringify(found)}`);
  }
}
