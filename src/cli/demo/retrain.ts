/** `longhaul demo retrain`: a schedule that retrains by itself, on free ports and in memory, that leaves nothing behind. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { LedgerEntry, LonghaulClient, Run } from '../../client.js';
import type { Cli } from '../cli.js';
import { type DemoSettings, type Opened, withDemo } from './stage.js';
import { askPrediction } from './prediction.js';
import { createDemoPlatform } from './platform.js';
import { exitCodes } from '../exit-codes.js';
import { ledgerLines } from '../retrain/log.js';
import { Stop } from '../stop.js';

const schedule = 'iris-every-few-seconds';
/** Many times what one of them takes; a demo that hangs is worse than one that fails. */
const patienceMs = 90_000;

/** Starts everything, lets the data change, and shows what each tick came to. */
export const demoRetrain = (cli: Cli): Promise<number> =>
  withDemo(cli, settings, (opened) => play(cli, opened));

const settings: DemoSettings = {
  speed: 20,
  settings: (domino) => ({
    probes: {
      prediction: {
        url: `${domino}/models/{modelApiId}/latest/model`,
        headers: { 'x-domino-api-key': { env: 'DOMINO_DEV_API_KEY' } },
        internal: true,
      },
    },
  }),
};

const definition = (environmentId: string) => ({
  name: schedule,
  pipeline: 'retrain',
  every: '4s',
  input: {
    connection: 'domino-dev',
    project: 'ada/iris',
    when: { all: [{ newData: { files: 'iris.csv' } }] },
    whenBusy: 'skip',
    train: { command: 'node train.js' },
    compare: { metric: 'accuracy', tolerance: 0.02 },
    register: { model: 'iris' },
    deploy: { modelApi: 'iris', environmentId },
    watch: {
      for: '4s',
      probe: 'prediction',
      sample: { data: { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6, petal_width: 2.5 } },
      failures: 2,
    },
  },
});

async function play(cli: Cli, { client, stack }: Opened): Promise<number> {
  const say = (text: string): void => cli.terminal.say(text);
  const platform = createDemoPlatform(stack.simulator);
  const ticks = createTicks(client, say);

  say('\nThe first measurements arrive, one label in five of them wrong. A schedule ticks every 4 s.');
  await platform.upload(5);
  await client.schedules.create(definition(await platform.environmentId()));
  await ticks.until('the first model is live', ({ outcome }) => outcome === 'deployed');
  await ticks.until('a tick finds nothing new', ({ outcome }) => outcome === 'skipped');

  say('\nThe labels are corrected.');
  await platform.upload(0);
  const better = await ticks.until('a better model is live', ({ outcome }) => outcome === 'deployed');

  say('\nSomebody mixes up every second label.');
  await platform.upload(2);
  await ticks.until('a worse model is refused', ({ outcome }) => outcome === 'not-better');

  say('\nHalf of the measurements, and all of them right; but the service that loads the model is broken.');
  await platform.upload(0, 2);
  await platform.breakPredictions(watching(client, ticks));
  await ticks.until('a sick deployment is taken back', ({ outcome }) => outcome === 'taken-back');
  await platform.repairPredictions();
  await client.schedules.pause(schedule, { reason: 'the demo is over' });
  return finish(cli, { client, better, apiKey: stack.simulator.apiKey });
}

/** Resolves when a new version is being watched. */
async function watching(client: LonghaulClient, ticks: Ticks): Promise<void> {
  for (;;) {
    for (const { runId } of await ticks.running())
      if ((await client.get(runId)).steps.some(isWatched)) return;
    await delay(200);
  }
}

const isWatched = ({ name, state }: Run['steps'][number]): boolean =>
  name === 'watch' && state.status === 'waiting';

interface Ticks {
  /** Says each tick that has ended, until one is as wanted. */
  until(what: string, isWanted: (entry: LedgerEntry) => boolean): Promise<LedgerEntry>;
  running(): Promise<LedgerEntry[]>;
}

function createTicks(client: LonghaulClient, say: (text: string) => void): Ticks {
  const told = new Set<string>();
  const all = () => ledgerOf(client);
  const toTell = async (): Promise<LedgerEntry[]> =>
    (await all()).filter(({ endedAt, runId }) => endedAt !== undefined && !told.has(runId)).reverse();
  return {
    running: async () => (await all()).filter(({ endedAt }) => endedAt === undefined),
    until: async (what, isWanted) => {
      const endMs = Date.now() + patienceMs;
      while (Date.now() < endMs) {
        for (const entry of await toTell()) {
          told.add(entry.runId);
          say(`  ${entry.tick?.at.slice(11, 19) ?? ''}  ${entry.outcome ?? entry.status}: ${whyOf(entry)}`);
          if (isWanted(entry)) return entry;
        }
        await delay(300);
      }
      throw new Stop(exitCodes.error, `it did not come to that in time: ${what}`);
    },
  };
}

async function ledgerOf(client: LonghaulClient): Promise<LedgerEntry[]> {
  const entries = [];
  for await (const entry of client.retrainings({ schedule })) entries.push(entry);
  return entries.sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1));
}

const whyOf = ({ conclusion, decision }: LedgerEntry): string => conclusion ?? decision?.reason ?? '';

async function finish(
  { format, terminal }: Cli,
  { client, better, apiKey }: { client: LonghaulClient; better: LedgerEntry; apiKey: string },
): Promise<number> {
  const ledger = await ledgerOf(client);
  if (format !== 'text') {
    terminal.result(format === 'ids' ? ledger.map(({ runId }) => runId).join('\n') : JSON.stringify(ledger));
    return exitCodes.success;
  }
  const { release } = z.object({ release: z.unknown() }).parse((await client.get(better.runId)).result);
  const { lines } = await askPrediction(release, apiKey);
  for (const line of [
    '',
    'The ledger, newest first (`longhaul retrain log --evidence` shows what each tick read):',
    ...ledgerLines(ledger),
    '',
    'What serves is the version that was put back:',
    ...lines,
    '',
    'Next:',
    '  npm run dev    keeps everything up: Temporal with its Web UI, the simulator, a worker, the HTTP API',
  ])
    terminal.result(line);
  return exitCodes.success;
}
