/**
 * Records the golden histories of this version: one run for each outcome, against a real Temporal server.
 *
 * They are kept for ever and replayed by `test/replay`: a run that waits for days is continued by newer code. Run
 * it when a pipeline is new or changes what it does, with the version in package.json raised. Arguments name the
 * outcomes to record; without any, all are, anew.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { connectClient } from '../dist/client.js';
import { checkDocument } from '../dist/documents/pipeline/check.js';
import { findTemporalCli } from '../dist/dev/temporal-cli.js';
import { startTemporal } from '../dist/dev/temporal-server.js';
import { searchAttributes } from '../dist/run/search-attributes.js';
import { runEventTypes } from '../dist/run/steps.js';
import { createSimulator } from '../dist/simulator/index.js';

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const target = fileURLToPath(new URL(`../test/replay/histories/${version}/`, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'longhaul-histories-'));
const world = fileURLToPath(new URL('../test/support/retraining.yaml', import.meta.url));
const simulator = await createSimulator({ speed: 120, seed: 7, world });
const ubiops = await createSimulator({ platform: 'ubiops', speed: 120, seed: 7 });
const temporal = await startTemporal({
  cliPath: await findTemporalCli({ say: console.error, env: process.env }),
  searchAttributes,
  fastTimers: true,
});

/** Receives what runs tell, and what steps ask: of its paths, one wants no more, one loses its answer, and all others accept. */
const receiver = createServer((request, response) => {
  if (request.url === '/lost') request.socket.destroy();
  else response.writeHead(request.url === '/gone' ? 410 : 204).end();
});
await once(receiver.listen(0, '127.0.0.1'), 'listening');
const receiverUrl = `http://127.0.0.1:${receiver.address().port}`;
const targetAt = (path) => ({
  url: `${receiverUrl}${path}`,
  secret: { env: 'SECRET' },
  internal: true,
});

const config = join(folder, 'longhaul.json');
const connections = {
  'domino-dev': { platform: 'domino', url: simulator.url, apiKey: { env: 'KEY' }, requestsPerSecond: 500 },
  'ubiops-dev': {
    platform: 'ubiops',
    url: ubiops.url,
    apiKey: { env: 'UBIOPS_KEY' },
    requestsPerSecond: 500,
  },
};
await writeFile(
  config,
  JSON.stringify({
    connections,
    waits: {
      firstLookMs: 100,
      lastLookMs: 500,
      settleMs: 200,
      patienceMs: 1_000,
      undoMs: 1_000,
      sweepMs: 2_000,
    },
    services: { rows: { url: receiverUrl, internal: true } },
    webhooks: { outgoing: { ops: targetAt('/ops'), gone: targetAt('/gone') } },
  }),
);
const worker = spawn(
  process.execPath,
  [fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)), 'worker'],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      KEY: simulator.apiKey,
      UBIOPS_KEY: ubiops.apiKey,
      SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
      LONGHAUL_CONFIG: config,
      LONGHAUL_LOG_LEVEL: 'warn',
      LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0',
      LONGHAUL_METRICS_ADDRESS: '127.0.0.1:0',
      TEMPORAL_ADDRESS: temporal.address,
    },
  },
);

const input = {
  connection: 'domino-dev',
  project: 'ada/iris',
  environment: { name: 'iris-training', base: { image: 'registry.example/base:1' } },
  revision: { dockerfile: 'RUN pip install --no-cache-dir pandas==2.0.0' },
  train: { command: 'python train.py', hardwareTier: 'small-k8s' },
  gate: { conditions: ['accuracy >= 0.9', 'accuracy >= baseline'], baseline: 'live' },
  register: { model: 'iris' },
  deploy: { modelApi: 'iris-api' },
};
const quota = {
  endpoint: 'jobs.start',
  kind: 'status',
  status: 403,
  body: { errors: ['Compute quota exceeded'] },
};

const longhaul = await connectClient({
  temporal: { connectionOptions: { address: temporal.address } },
  platformOf: (name) => connections[name]?.platform ?? null,
});
const start = async (key, change = {}, client = longhaul) =>
  (await client.start('train-and-deploy', { ...input, ...change }, { key })).runId;
const telling = await connectClient({
  temporal: { connectionOptions: { address: temporal.address } },
  receivers: {
    ops: {
      pipelines: ['*'],
      events: runEventTypes,
    },
    gone: { pipelines: ['*'], events: ['run.succeeded'] },
  },
});
const until = async (runId, status) => {
  while ((await longhaul.get(runId)).status !== status) await delay(100);
};
const control = (path, body, { url } = simulator) =>
  fetch(new URL(`/_simulator/${path}`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const inject = (fault) => control('faults', fault);
const refuse = () => inject(quota);
const heal = () => fetch(new URL('/_simulator/faults', simulator.url), { method: 'DELETE' });

/** What says on which machine this was recorded. */
const withoutPlace = (key, value) => (key === 'identity' ? 'worker' : key === 'stackTrace' ? '' : value);

/** A model that may be worse, and waits for somebody. */
const asked = { compare: undefined, approval: { within: '1h' } };
const retrain = async (key, accuracy, change = {}, client = longhaul) => {
  const { gate: _gate, ...rest } = input;
  const train = { command: `accuracy ${accuracy}` };
  const own = {
    train,
    compare: { metric: 'accuracy' },
    register: { model: 'flower' },
    deploy: { modelApi: 'flower-api' },
    watch: { for: '1s' },
  };
  return (await client.start('retrain', { ...rest, ...own, ...change }, { key })).runId;
};
const untilStep = async (runId, step) => {
  const isThere = ({ name, state }) => name === step && state.status === 'waiting';
  while (!(await longhaul.get(runId)).steps.some(isThere)) await delay(50);
};
const decide = async (runId, action) => {
  await untilStep(runId, 'approve');
  await longhaul.decideApproval(runId, { action, actor: 'grace', names: ['grace'], reason: 'looked at it' });
};

/** A run of a document of these steps. */
const startDocument = async (key, steps, more = '', options = {}) => {
  const text = `longhaul: pipeline/v1\npipeline: document\nconnection: domino-dev\n${more}\nsteps:\n${steps}`;
  const checked = checkDocument(text, {
    file: key,
    platformOf: (name) => connections[name]?.platform ?? null,
    methodsOf: () => ['GET', 'POST'],
  });
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
  return (await longhaul.startPipeline(checked.document, {}, { key, ...options })).runId;
};
const job = (command, more = '') =>
  `{ uses: job, ${more}with: { project: ada/iris, command: ${command} } }\n`;
const report = `finally: { within: 1m, steps: { report: { uses: job, with: { project: ada/iris, command: [python, report.py, '\${{ run.outcome }}'] } } } }`;
const sweep = (accuracies, more = '') =>
  `  train: { uses: job, each: [${accuracies}], atOnce: 2, ${more}with: { project: ada/iris, command: 'accuracy \${{ item }}' } }\n`;
const child = `  child: { uses: pipeline, with: { pipeline: train-and-deploy, input: { project: ada/iris, train: { command: 'accuracy 0.8' } } } }\n`;
const best = `  best: { uses: choose, with: { from: '\${{ steps.train }}', by: accuracy } }\n`;

/** Puts a file into the bucket of the project. */
async function addUbiOpsFile(name) {
  const asked = await fetch(`${ubiops.url}/v2.1/projects/iris/buckets/default/files/${name}`, {
    method: 'POST',
    headers: { authorization: `Token ${ubiops.apiKey}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const { url } = await asked.json();
  await fetch(url, { method: 'PUT', body: 'pass' });
}

/** A step of UbiOps. */
const onUbiOps = (name, uses, given) =>
  `  ${name}: { uses: ${uses}, connection: ubiops-dev, with: { project: iris, ${given} } }\n`;
const serving = (name, deployment, more) =>
  onUbiOps(
    name,
    'deployment',
    `deployment: ${deployment}, input: { text: string }, output: { text: string }, environment: python3-12, files: { deployment.py: pass }, ${more}`,
  );
const asking = (name, deployed) =>
  onUbiOps(name, 'request', `deployment: '\${{ steps.${deployed} }}', data: { text: hello }, marker: text`);

/** An environment of either platform. */
const builtOn = {
  'domino-dev': {
    environment: { name: 'built', base: { image: 'registry.example/base:1' } },
    revision: { dockerfile: 'RUN pip install pandas' },
  },
  'ubiops-dev': {
    project: 'iris',
    environment: { name: 'built', base: { environment: 'python3-12' } },
    revision: { files: { 'requirements.txt': 'pandas==2.2.3' } },
  },
};
const build = async (key, connection, change = {}) =>
  (await longhaul.start('build-environment', { connection, ...builtOn[connection], ...change }, { key }))
    .runId;
const ofContent = (text) => ({ revision: { files: { 'requirements.txt': text } } });

/** Each outcome, and how a run comes to it. */
const outcomes = {
  'train-and-deploy.succeeded': () => start('succeeded'),
  'train-and-deploy.reused': async () => {
    const another = { revision: { dockerfile: 'RUN pip install scipy' } };
    await untilStep(await start('building', another), 'build');
    return start('reused', another);
  },
  'train-and-deploy.built': async () => {
    await longhaul.wait(await start('building-before'));
    return start('built');
  },
  'train-and-deploy.failed': () => start('failed', { train: { command: 'exit 3' }, cleanup: true }),
  'train-and-deploy.refused': () => start('refused', { gate: { conditions: ['accuracy >= 0.99'] } }),
  'train-and-deploy.parked': async () => {
    await refuse();
    const runId = await start('parked');
    await until(runId, 'parked');
    await longhaul.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'quota raised' });
    return runId;
  },
  'train-and-deploy.aborted': async () => {
    await refuse();
    const runId = await start('aborted');
    await until(runId, 'parked');
    await longhaul.resolve(runId, { step: 'train', action: 'abort', actor: 'ada', reason: 'not worth it' });
    return runId;
  },
  'train-and-deploy.cancelled': async () => {
    const runId = await start('cancelled', { revision: { dockerfile: 'RUN pip install numpy' } });
    await delay(400);
    await longhaul.cancel(runId, { reason: 'wrong data' });
    return runId;
  },
  'train-and-deploy.told-succeeded': async () => {
    await refuse();
    const runId = await start('told-succeeded', {}, telling);
    await until(runId, 'parked');
    await longhaul.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'quota raised' });
    return runId;
  },
  'train-and-deploy.told-failed': () => start('told-failed', { train: { command: 'exit 3' } }, telling),
  'train-and-deploy.told-cancelled': async () => {
    const runId = await start(
      'told-cancelled',
      { revision: { dockerfile: 'RUN pip install numpy' } },
      telling,
    );
    await delay(400);
    await longhaul.cancel(runId, { reason: 'wrong data' });
    return runId;
  },
  'train-and-deploy.waited': async () => {
    const earlier = await start('earlier', { train: { command: 'accuracy 0.9' } });
    await untilStep(earlier, 'train');
    const runId = await start('waited');
    await longhaul.wait(earlier);
    return runId;
  },
  'train-and-deploy.left': async () => {
    await inject({ endpoint: 'jobs.stop', kind: 'status', status: 401, body: {}, times: 1_000 });
    const runId = await start('left');
    await untilStep(runId, 'train');
    await control('clock', { speed: 0.001 });
    await longhaul.cancel(runId, { reason: 'wrong data' });
    await longhaul.wait(runId);
    await control('clock', { speed: 120 });
    await heal();
    return runId;
  },
  'train-and-deploy.doubted': async () => {
    await inject({ endpoint: 'jobs.start', kind: 'late-commit', ms: 2_000 });
    return start('doubted');
  },
  'train-and-deploy.reset': async () => {
    const runId = await start('reset');
    await longhaul.wait(runId);
    await longhaul.reset(runId, { step: 'train', reason: 'again' });
    return runId;
  },
  'retrain.undecided': async () => {
    const own = { register: { model: 'u' }, deploy: { modelApi: 'u-api' } };
    await longhaul.wait(await retrain('known', '0.8', own));
    return retrain('undecided', '0.9', { ...own, when: { all: [{ metric: 'unheard_of < 0.5' }] } });
  },
  'retrain.parked': async () => {
    await refuse();
    const runId = await retrain('parked', '0.9', { register: { model: 'p' }, deploy: { modelApi: 'p-api' } });
    await until(runId, 'parked');
    await longhaul.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'quota raised' });
    return runId;
  },
  'retrain.deployed': () => retrain('deployed', '0.8'),
  'retrain.better': () => retrain('better', '0.9'),
  'retrain.skipped': () => retrain('skipped', '0.9', { when: { all: [{ metric: 'accuracy < 0.5' }] } }),
  'retrain.not-better': () => retrain('not-better', '0.8'),
  'retrain.approved': async () => {
    const runId = await retrain('approved', '0.9', asked, telling);
    await decide(runId, 'approve');
    return runId;
  },
  'retrain.rejected': async () => {
    const runId = await retrain('rejected', '0.9', asked);
    await decide(runId, 'reject');
    return runId;
  },
  'retrain.approval-expired': () =>
    retrain('approval-expired', '0.9', { ...asked, approval: { within: '2s', remindAfter: '1s' } }, telling),
  'retrain.taken-back': async () => {
    const deploy = { modelApi: 'sick-api' };
    const register = { model: 'sick' };
    await longhaul.wait(await retrain('well', '0.8', { deploy, register }));
    return retrain('taken-back', '0.9', { deploy, register, watch: { for: '20s', failures: 2 } });
  },
  'retrain.unwatched': async () => {
    const runId = await retrain('unwatched', '0.9', { ...asked, approval: undefined, watch: { for: '60s' } });
    await untilStep(runId, 'watch');
    await longhaul.cancel(runId, { reason: 'not this one' });
    return runId;
  },
  'retrain.busy': async () => {
    const earlier = await retrain('earlier', '0.9');
    await untilStep(earlier, 'train');
    const runId = await retrain('busy', '0.9', { whenBusy: 'skip' });
    await longhaul.wait(earlier);
    return runId;
  },
  'build-environment.succeeded': () => build('succeeded', 'domino-dev'),
  'build-environment.reused': async () => {
    await longhaul.wait(await build('before', 'domino-dev'));
    return build('reused', 'domino-dev');
  },
  'build-environment.cancelled': async () => {
    const runId = await build('cancelled', 'domino-dev', {
      revision: { dockerfile: 'RUN pip install torch' },
    });
    await untilStep(runId, 'build');
    await longhaul.cancel(runId, { reason: 'wrong packages' });
    return runId;
  },
  'build-environment.ubiops-succeeded': () => build('ubiops-succeeded', 'ubiops-dev'),
  'build-environment.ubiops-reused': async () => {
    await longhaul.wait(await build('ubiops-before', 'ubiops-dev'));
    return build('ubiops-reused', 'ubiops-dev');
  },
  'build-environment.ubiops-failed': () =>
    build('ubiops-failed', 'ubiops-dev', { ...ofContent('does-not-exist==1'), cleanup: true }),
  'build-environment.ubiops-parked': async () => {
    const refusal = { kind: 'status', status: 409, body: { error: 'Another upload is under way' } };
    await control('faults', { endpoint: 'revisions.upload', ...refusal }, ubiops);
    const runId = await build('ubiops-parked', 'ubiops-dev', ofContent('numpy==2.1.0'));
    await until(runId, 'parked');
    await longhaul.resolve(runId, {
      step: 'revision',
      action: 'retry',
      actor: 'ada',
      reason: 'it has ended',
    });
    return runId;
  },
  'build-environment.ubiops-doubted': async () => {
    await control('faults', { endpoint: 'revisions.upload', kind: 'lose-answer' }, ubiops);
    return build('ubiops-doubted', 'ubiops-dev', ofContent('numpy==2.1.1'));
  },
  'build-environment.ubiops-cancelled': async () => {
    await control('clock', { speed: 1 }, ubiops);
    const runId = await build('ubiops-cancelled', 'ubiops-dev', {
      ...ofContent('numpy==2.1.2'),
      cleanup: true,
    });
    await untilStep(runId, 'build');
    await longhaul.cancel(runId, { reason: 'wrong packages' });
    await longhaul.wait(runId);
    await control('clock', { speed: 120 }, ubiops);
    return runId;
  },
  'document.ubiops-served': async () => {
    await addUbiOpsFile('train.py');
    return startDocument(
      'ubiops-served',
      `${onUbiOps('train', 'training-run', "experiment: first, environment: python3-12, code: 'ubiops-file://default/train.py'")}  gate: { uses: gate, connection: ubiops-dev, with: { job: '\${{ steps.train }}', conditions: [accuracy >= 0.9] } }
${serving('deploy', 'served', "variables: { BY: '${{ steps.train.requestId }}' }")}${asking('ask', 'deploy')}`,
    );
  },
  'document.ubiops-candidate': () =>
    startDocument(
      'ubiops-candidate',
      `${serving('candidate', 'tried', 'promote: false')}${asking('ask', 'candidate')}${serving('live', 'tried', "description: '${{ steps.ask.requestId }}'")}`,
    ),
  'document.ubiops-approved': async () => {
    const runId = await startDocument(
      'ubiops-approved',
      `  approve: { uses: approve }\n${serving('deploy', 'approved', 'variables: { MODEL: iris }')}`,
    );
    await decide(runId, 'approve');
    return runId;
  },
  'document.ubiops-doubted': async () => {
    for (const endpoint of ['versions.create', 'deploymentRevisions.upload', 'versionRequests.createBatch'])
      await control('faults', { endpoint, kind: 'lose-answer' }, ubiops);
    return startDocument('ubiops-doubted', `${serving('deploy', 'doubted', '')}${asking('ask', 'deploy')}`);
  },
  'document.ubiops-parked': async () => {
    await longhaul.wait(await startDocument('ubiops-first', serving('deploy', 'stated', 'version: v1')));
    const runId = await startDocument(
      'ubiops-parked',
      serving('deploy', 'stated', 'version: v1, variables: { SEED: 1 }'),
    );
    await until(runId, 'parked');
    const output = { project: 'iris', deployment: 'stated', version: 'v1', revisionId: 'r' };
    const said = { step: 'deploy', actor: 'ada', reason: 'it is the same' };
    await longhaul.resolve(runId, { ...said, action: 'skip', output });
    return runId;
  },
  'document.ubiops-cancelled': async () => {
    await control('clock', { speed: 1 }, ubiops);
    const runId = await startDocument('ubiops-cancelled', serving('deploy', 'cancelled', ''));
    await untilStep(runId, 'deploy');
    await longhaul.cancel(runId, { reason: 'wrong model' });
    await longhaul.wait(runId);
    await control('clock', { speed: 120 }, ubiops);
    return runId;
  },
  'document.succeeded': () =>
    startDocument(
      'succeeded',
      `${sweep("'0.8', '0.9', '0.8'")}${best}  never: ${job('python never.py', "if: '${{ steps.best.value < 0.5 }}', ")}  gate: { uses: gate, with: { metrics: '\${{ steps.best.metrics }}', conditions: [accuracy >= 0.9] } }
  register: { uses: register, with: { model: sweep, job: '\${{ steps.best }}' } }\n`,
      `outputs: { version: '\${{ steps.register.version }}' }\n${report}`,
    ),
  'document.ended': () =>
    startDocument(
      'ended',
      `${sweep("'0.8'")}  poor: { uses: end, with: { outcome: not-better, conclusion: no } }\n  later: ${job('python later.py')}`,
    ),
  'document.without': () =>
    startDocument(
      'without',
      `${sweep("'0.8', '0.9 && exit 1'", 'onFailure: continue, tries: { count: 2, backoff: 1s }, ')}${best}  soft: ${job("'false'", 'onFailure: continue, ')}`,
    ),
  'document.failed': () => startDocument('failed', sweep("'0.8 && exit 1', '0.9', '0.9'"), report),
  'document.timed-out': () =>
    startDocument('timed-out', `  train: ${job('python train.py', 'within: 1s, ')}`),
  'document.parked': async () => {
    const runId = await startDocument(
      'parked',
      `  train: ${job('python train.py')}  next: ${job("[python, '${{ steps.train.metrics.f1 }}']")}`,
    );
    await until(runId, 'parked');
    const output = { projectId: 'p', jobId: 'j', metrics: {}, experimentRunId: null, outputCommitId: null };
    const said = { step: 'next', actor: 'ada', reason: 'by hand' };
    await longhaul.resolve(runId, { ...said, action: 'retry' });
    while ((await longhaul.get(runId)).steps[1].tries < 2) await delay(50);
    await until(runId, 'parked');
    await longhaul.resolve(runId, { ...said, action: 'skip', output });
    return runId;
  },
  'document.kinds': () =>
    startDocument(
      'kinds',
      `  rest: { uses: pause, with: { for: 1s } }
  tell: { uses: http, each: [a, b], with: { service: rows, method: POST, path: [rows, '\${{ item }}'], replay: idempotent } }
  list: { uses: call, needs: rest, with: { endpoint: domino.hardwareTiers.list, select: { tier: /hardwareTiers/0/id } } }\n${child}`,
      `finally: { within: 1m, steps: { told: { uses: http, with: { service: rows, method: POST, path: /ended } } } }`,
    ),
  'document.paused': async () => {
    const runId = await startDocument('paused', `  rest: { uses: pause, with: { for: 2h } }\n`);
    await untilStep(runId, 'rest');
    const said = { step: 'rest', actor: 'ada', reason: 'now' };
    await longhaul.resolve(runId, { ...said, action: 'skip', output: {} });
    return runId;
  },
  'document.lost': async () => {
    const runId = await startDocument(
      'lost',
      `  tell: { uses: http, with: { service: rows, method: POST, path: /lost } }\n`,
    );
    const said = { step: 'tell', actor: 'ada', reason: 'looked there' };
    for (const [index, more] of [{ action: 'retry' }, { action: 'retry', fresh: true }].entries()) {
      while ((await longhaul.get(runId)).steps[0].tries < index + 1) await delay(50);
      await until(runId, 'parked');
      await longhaul.resolve(runId, { ...said, ...more });
    }
    while ((await longhaul.get(runId)).steps[0].tries < 3) await delay(50);
    await until(runId, 'parked');
    await longhaul.resolve(runId, { ...said, action: 'skip', output: { status: 200 } });
    return runId;
  },
  'document.child-cancelled': async () => {
    const runId = await startDocument('child-cancelled', child);
    await untilStep(runId, 'child');
    await longhaul.cancel(runId, { reason: 'wrong data' });
    return runId;
  },
  // Each leg is short, so that there are several: with a step that is parked, one that pauses, items that have ended and others.
  'document.legs': async () => {
    await refuse();
    const runId = await startDocument(
      'legs',
      `  parks: ${job('python parks.py')}  rest: { uses: pause, with: { for: 3s } }
  train: { uses: job, needs: rest, each: [${Array.from({ length: 16 }, (_, index) => index).join(', ')}], atOnce: 3, with: { project: ada/iris, command: 'accuracy 0.8 \${{ item }}' } }\n`,
      '',
      { legs: { mostEvents: 40, patienceMs: 60_000 } },
    );
    await untilStep(runId, 'train.8');
    await longhaul.resolve(runId, { step: 'parks', action: 'retry', actor: 'ada', reason: 'raised' });
    return runId;
  },
  'document.cancelled': async () => {
    const runId = await startDocument('cancelled', sweep("'0.8', '0.9'"), report);
    await untilStep(runId, 'train.1');
    await longhaul.cancel(runId, { reason: 'wrong data' });
    return runId;
  },
};

/** A campaign over a run that is parked: each outcome, and how it comes to it. */
const campaigns = {
  'campaign.completed': (name) => replayAll(name, 'failure=QUOTA_EXCEEDED', refuse),
  'campaign.stopped': (name) => replayAll(name, 'failure=JOB_FAILED', () => undefined, 'exit 3'),
  'campaign.aborted': async (name) => {
    await troubled(name, 'failure=QUOTA_EXCEEDED', refuse);
    await untilCampaign(name, 'planned');
    await longhaul.campaigns.steer(name, 'abort', { reason: 'another time', by: 'ada' });
    await untilCampaign(name, 'ended');
  },
};
const untilCampaign = async (name, state) => {
  while ((await longhaul.campaigns.get(name)).state !== state) await delay(50);
};
/** Two runs that stand badly, and a campaign over them. */
const troubled = async (name, query, fault, command = 'python train.py') => {
  const plain = { connection: 'domino-dev', project: 'ada/iris', train: { command } };
  const status = command.startsWith('exit') ? 'failed' : 'parked';
  for (const key of [`${name}-1`, `${name}-2`]) {
    await fault();
    const { runId } = await longhaul.start('train-and-deploy', plain, { key });
    await until(runId, status);
  }
  for (let listed = 0; listed < 2; await delay(100)) {
    listed = 0;
    for await (const run of longhaul.list({ status })) if (run.runId.includes(name)) listed += 1;
  }
  await longhaul.campaigns.create(
    { query, reason: 'the quota was raised', pace: '2/second' },
    { name, by: 'ada' },
  );
};
const replayAll = async (name, ...trouble) => {
  await troubled(name, ...trouble);
  await untilCampaign(name, 'planned');
  for (const action of ['start', 'pause', 'resume'])
    await longhaul.campaigns.steer(name, action, { reason: 'as planned', by: 'ada' });
  await untilCampaign(name, 'ended');
};

/** A replay that ends an attempt, stops its job and starts another: the replay itself, and the attempt that came of it. */
const cleaned = async () => {
  const plain = { connection: 'domino-dev', project: 'ada/iris', train: { command: 'python train.py' } };
  const { runId } = await longhaul.start('train-and-deploy', plain, { key: 'cleaned' });
  await untilStep(runId, 'train');
  const request = { runId, stopFirst: true, set: { 'train.command': 'python train.py --seed 8' } };
  const { hash } = await longhaul.replays.plan(request);
  await longhaul.replays.apply(request, { plan: hash, by: 'ada', reason: 'another seed' });
  await longhaul.wait(runId);
  return runId;
};
/** The state of the connection: asked to wait, refused, accepted again, and opened by an operator. */
const connectionTo = async (status) => {
  while ((await longhaul.connections.get('domino-dev')).status !== status) await delay(50);
};
const opened = async () => {
  await longhaul.connections.hold('domino-dev', { forMs: 1_000 });
  await connectionTo('throttled');
  await connectionTo('open');
  await inject({ endpoint: '*', kind: 'status', status: 401, body: { errors: ['expired'] }, times: 10_000 });
  const runId = await start('locked-out');
  await until(runId, 'parked');
  await connectionTo('refused');
  await heal();
  await longhaul.wait(runId, { timeoutMs: 60_000 });
  await longhaul.connections.hold('domino-dev', { forMs: 600_000 });
  await connectionTo('throttled');
  await longhaul.connections.resume('domino-dev', { reason: 'a mistake of the proxy', by: 'ada' });
  await connectionTo('open');
};
const named = process.argv.slice(2);

/** The deliveries of the run that told of its success: one was accepted, one refused. */
async function* deliveries() {
  const wanted = { delivered: 'ops', failed: 'gone' };
  for (const [status, name] of Object.entries(wanted)) {
    const found = [];
    while (found.length === 0) {
      await delay(200);
      for await (const row of longhaul.deliveries({ status })) if (row.target === name) found.push(row);
    }
    yield { status, id: found[0].deliveryId };
  }
}

try {
  await mkdir(target, { recursive: true });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const keep = async (workflowId, name, executionId) => {
    const history = await client.workflow.getHandle(workflowId, executionId).fetchHistory();
    const json = JSON.parse(historyToJSON(history), withoutPlace);
    await writeFile(join(target, `${name}.json`), `${JSON.stringify(json)}\n`);
    console.log(`${name}: ${history.events.length} events`);
  };
  /** Those before the last one. */
  const keepLegs = async (workflowId, name) => {
    let { runId } = await client.workflow.getHandle(workflowId).describe();
    for (let back = 1; runId; back += 1) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      runId = events[0].workflowExecutionStartedEventAttributes.continuedExecutionRunId;
      if (runId) await keep(workflowId, `${name}-${back}-before`, runId);
    }
  };
  const wanted = Object.entries(outcomes).filter(
    ([outcome]) => named.length === 0 || named.includes(outcome),
  );
  for (const [outcome, reach] of wanted) {
    const runId = await reach();
    await longhaul.wait(runId, { timeoutMs: 60_000 });
    await keep(runId, outcome);
    if (outcome === 'document.legs') await keepLegs(runId, outcome);
    if (outcome === 'train-and-deploy.left' || outcome === 'train-and-deploy.doubted') {
      while ((await longhaul.get(runId)).cleanup?.afterwards !== 'done') await delay(100);
      await keep(`cleanup.${runId}`, outcome.replace('train-and-deploy', 'clean-up'));
    }
    if (outcome !== 'train-and-deploy.told-succeeded') continue;
    for await (const { status, id } of deliveries()) await keep(id, `deliver-event.${status}`);
  }
  for (const [outcome, reach] of Object.entries(campaigns)) {
    if (named.length > 0 && !named.includes(outcome)) continue;
    const name = outcome.replace('campaign.', '');
    await reach(name);
    await keep(`campaign.${name}`, outcome);
  }
  if (named.length === 0 || named.includes('replay-run.cleaned')) {
    const runId = await cleaned();
    await keep(runId, 'train-and-deploy.replayed');
    await keep(`replay.${runId}`, 'replay-run.cleaned');
  }
  if (named.length === 0 || named.includes('connection.opened')) {
    await opened();
    await keep('connection.domino-dev', 'connection.opened');
  }
  if (named.length === 0 || named.includes('lookout.looked')) {
    const awaited = await Promise.all(['looked-1', 'looked-2'].map((key) => start(key)));
    for (const runId of awaited) await longhaul.wait(runId, { timeoutMs: 60_000 });
    for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'lookout'" }))
      if (workflowId.includes('awaitJob')) await keep(workflowId, 'lookout.looked');
  }
  await connection.close();
} finally {
  await longhaul.close();
  await telling.close();
  receiver.close();
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
  await temporal.stop();
  await simulator.close();
  await ubiops.close();
  await rm(folder, { recursive: true });
}
