/**
 * CPU of a run, beside the same seven steps on the bare SDK. With new instructions both make the same requests in as
 * many activities; with a revision that is built already, Longhaul leaves out what awaits its build.
 */
import { Client, Connection } from '@temporalio/client';
import { startBare } from './bare.js';
import { cpuPerHold } from './holds.js';
import { numbers, options } from './options.js';
import { cpuMs, fullInput, inParallel, withStage } from './stage.js';

/** Few runs to a round: what else the machine does changes within seconds and strikes both of a pair. */
const runs = 30;
const [pairs] = numbers('pairs', '12');
/** Rounds before the first that counts: both compile their code meanwhile, and get cheaper by a third. */
const [warmUps] = numbers('warm-ups', '10');
/** How many times both are started: two processes of the same code differ by more than two rounds of one. */
const [stages] = numbers('stages', '3');
/** A project to each lane, so that Longhaul's runs share no looks and both make the same requests. */
const projects = Array.from({ length: 15 }, (_, lane) => `iris-${lane}`);

/** Holds whose cost is measured in each start. */
const holdsMeasured = 300;

/** By `--revisions`: instructions, and how many holds a run takes. Each run has a model and a model API of its own. */
const revisions = {
  built: { dockerfileOf: () => fullInput.revision.dockerfile, holds: 2 },
  new: { dockerfileOf: (key) => `RUN echo ${key}`, holds: 3 },
};

/** Waits end at the first looks: what is measured is the work around them. */
export async function measureCpu() {
  const rows = [];
  for (const kind of options('revisions', 'built,new')) {
    const { dockerfileOf, holds } = revisions[kind];
    const measured = [];
    for (let stage = 0; stage < stages; stage += 1) measured.push(await measurePairs(dockerfileOf));
    rows.push(...rowsOf({ kind, holds }, measured));
  }
  return rows;
}

const measurePairs = (dockerfileOf) =>
  withStage({ speed: 20_000, projects }, async ({ client, simulator, temporal, worker }) => {
    const connection = await Connection.connect({ address: temporal.address });
    const bare = await startBare(simulator, temporal);
    const sdk = new Client({ connection });
    // An environment of its own, so that neither reads what the other has built.
    const environment = 'bare';
    await runLonghaul(client, sdk, {
      key: environment,
      project: projects[0],
      environment,
      dockerfile: 'RUN true',
    });
    const contestants = [
      { name: 'longhaul', pid: worker.pid, run: (run) => runLonghaul(client, sdk, run) },
      { name: 'bare', pid: bare.pid, run: (run) => runBare(sdk, { ...run, environment }) },
    ];
    const rounds = [];
    let holdMs;
    try {
      for (let pair = 0; pair < warmUps + pairs; pair += 1) {
        const round = {};
        for (const contestant of pair % 2 ? contestants.toReversed() : contestants)
          round[contestant.name] = await measure(contestant, simulator, temporal, (index) => {
            const key = `${contestant.name}-${pair}-${index}`;
            return { key, dockerfile: dockerfileOf(key) };
          });
        if (pair >= warmUps) rounds.push(round);
      }
      holdMs = await cpuPerHold(sdk, temporal, holdsMeasured);
    } finally {
      await connection.close();
      await bare.stop();
    }
    return { rounds, holdMs };
  });

async function runLonghaul(client, sdk, { key, project, environment, dockerfile }) {
  const input = {
    ...fullInput,
    project: `ada/${project}`,
    ...(environment && { environment: { ...fullInput.environment, name: environment } }),
    revision: { dockerfile },
    register: { model: key },
    deploy: { modelApi: key },
  };
  const { runId } = await client.start('train-and-deploy', input, { key });
  await sdk.workflow.getHandle(runId).result();
}

const runBare = (sdk, { key, ...input }) =>
  sdk.workflow.execute('bare', {
    taskQueue: 'bare',
    workflowId: key,
    args: [{ name: key, ...input }],
  });

async function measure({ pid, run }, simulator, temporal, runOf) {
  const now = () => [cpuMs(pid), cpuMs(temporal.pid), simulator.ledger().length];
  const before = now();
  await inParallel(runs, projects.length, (index, lane) => run({ ...runOf(index), project: projects[lane] }));
  const [worker, server, requests] = now().map((after, index) => (after - before[index]) / runs);
  return { worker, server, requests };
}

function rowsOf({ kind, holds }, measured) {
  const rounds = measured.flatMap((stage) => stage.rounds);
  const mean = (all, pick) => all.reduce((sum, one) => sum + pick(one), 0) / all.length;
  const of = (figure) => [
    mean(rounds, ({ longhaul }) => longhaul[figure]),
    mean(rounds, ({ bare }) => bare[figure]),
  ];
  const said = ([longhaul, bare]) => `${longhaul.toFixed(1)} / ${bare.toFixed(1)}`;
  const ratio = ([longhaul, bare]) => (longhaul / bare).toFixed(2);
  const hold = mean(measured, ({ holdMs }) => holdMs);
  const [longhaul, bare] = of('server');
  return [
    [`with a ${kind} revision: requests per run / on the bare SDK`, said(of('requests')), ''],
    ...['worker', 'server'].flatMap((who) => [
      [`CPU per run of the ${who} / on the bare SDK, ms`, said(of(who)), ''],
      [`CPU of the ${who}, ratio, ${stages * pairs} pairs of ${runs} runs`, ratio(of(who)), '≤ 1.15'],
    ]),
    ['CPU of the server per start of a hold, ms', hold.toFixed(1), ''],
    [`ratio of the server without the ${holds} holds of a run`, ratio([longhaul - holds * hold, bare]), ''],
    [
      'CPU of the server that the bound leaves for them, ms',
      (1.15 * bare - longhaul + holds * hold).toFixed(1),
      '',
    ],
  ];
}
