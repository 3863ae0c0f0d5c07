/** The waits of a lookout in its history, on a real Temporal: read to the end, and followed from there. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { followWaits, readWaits } from '../../../src/activities/effect/lookout/waits-in-history.js';
import {
  type LookoutOf,
  type Wait,
  awaitedSignalName,
  lookoutWorkflow,
  waitKeyOf,
} from '../../../src/run/lookouts.js';
import { eventually } from '../../support/eventually.js';
import {
  type Execution,
  completeTry,
  connectByHand,
  schedule,
  startRun,
  takeTry,
  unique,
} from './temporal-by-hand.js';

let client: Client;
beforeAll(async () => {
  client = await connectByHand();
});
afterAll(() => client.connection.close());

const lookout: LookoutOf = { connection: 'dev', effect: 'awaitJob', scope: 'p', shard: 0 };
const waitFor = (id: string, attempt = 1): Wait => ({
  run: { workflowId: `run.${id}`, runId: `0000-${id}`, activityId: 'train.1' },
  ...{ attempt, id, input: { id }, sinceMs: 1, atMs: 2 },
});
const startLookout = (...waits: Wait[]): Promise<Execution> =>
  startRun(client, { type: lookoutWorkflow, args: [{ of: lookout, waits }] });
const tell = ({ workflowId }: Execution, waits: readonly Wait[], signal = awaitedSignalName): Promise<void> =>
  client.workflow.getHandle(workflowId).signal(signal, waits);
const idsOf = (waits: Iterable<Wait>): string[] => [...waits].map(({ id }) => id).sort();

describe('the waits that a history tells', () => {
  it('are those that it began with and that were handed over, without those that are over', async () => {
    const run = await startLookout(waitFor('a'), waitFor('b'));
    await tell(run, [waitFor('c'), waitFor('d')]);
    await tell(run, [waitFor('x')], 'something else');
    await tell(run, [waitFor('b', 2)]); // its activity has looked by itself meanwhile
    await schedule(client, run, 'look.1');
    const ended = [waitFor('a'), waitFor('b'), waitFor('d')].map(waitKeyOf);
    await completeTry(client, await takeTry(client, run), { ended });
    const known = await readWaits(client, run);
    expect(known.of).toEqual(lookout);
    expect([...known.waits.values()]).toEqual([waitFor('b', 2), waitFor('c')]);
    const { events } = await client.workflow.getHandle(run.workflowId).fetchHistory();
    const last = events?.at(-1);
    expect(known.lastEventId).toBe(Number(last?.eventId));
    expect(known.atMs).toBe(Date.parse(isoOf(last?.eventTime)));
  });

  it('are read where they fill more than one page', async () => {
    const run = await startLookout();
    const ids = Array.from({ length: 300 }, (_, at) => `w${at}`);
    await Promise.all(ids.map((id) => tell(run, [waitFor(id)])));
    const { waits, lastEventId } = await readWaits(client, run);
    expect(idsOf(waits.values())).toEqual([...ids].sort());
    expect(lastEventId).toBe(302);
  });

  it('are none in the history of something else', async () => {
    const run = await startRun(client);
    expect(await readWaits(client, run)).toMatchObject({ of: undefined, waits: new Map(), lastEventId: 2 });
  });
});

const isoOf = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): string =>
  new Date(Number(time?.seconds) * 1_000 + (time?.nanos ?? 0) / 1_000_000).toISOString();

describe('following them', () => {
  const follow = (run: Execution, afterEventId: number) => {
    const heard: (readonly Wait[])[] = [];
    const ending = new AbortController();
    const over = followWaits(client, run, {
      ...{ afterEventId, signal: ending.signal },
      heard: (waits) => heard.push(waits),
    });
    const end = async (): Promise<void> => {
      ending.abort();
      await over;
    };
    return { heard, over, end };
  };

  it('hears of what is handed over from there on, each once', async () => {
    const run = await startLookout(waitFor('a'));
    await tell(run, [waitFor('b')]);
    const { lastEventId } = await readWaits(client, run);
    const { heard, end } = follow(run, lastEventId);
    await tell(run, [waitFor('x')], 'something else');
    await tell(run, [waitFor('c'), waitFor('d')]);
    await tell(run, [waitFor('e')]);
    await eventually(() => heard.length >= 2);
    expect(heard).toEqual([[waitFor('c'), waitFor('d')], [waitFor('e')]]);
    await end();
    await tell(run, [waitFor('f')]);
    expect(heard).toHaveLength(2);
  });

  it('ends with the lookout', async () => {
    const run = await startLookout();
    const { heard, over } = follow(run, 0);
    await client.workflow.getHandle(run.workflowId).terminate();
    await over;
    expect(heard).toEqual([]);
  });

  it('goes on where Temporal has not answered', async () => {
    const workflowId = unique('later.');
    const { heard, end } = follow({ workflowId, runId: '' }, 0);
    const run = await startRun(client, { type: lookoutWorkflow, workflowId, args: [{ of: lookout }] });
    await tell(run, [waitFor('a')]);
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([[waitFor('a')]]);
    await end();
  });
});
