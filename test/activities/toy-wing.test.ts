/**
 * A kind of step of a second platform, over real HTTP: the kernel performs it, an effect is made once, a plan foresees it and
 * what it has made is undone, by the files that all platforms share.
 */
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markerOf } from '../../src/activities/effect/attempt.js';
import type { ActivityDependencies } from '../../src/activities/dependencies.js';
import { createForesight } from '../../src/activities/replay/foresight.js';
import { createActivities } from '../../src/activities/index.js';
import type { UndoCall } from '../../src/run/undoing/effect.js';
import { performUndo } from '../../src/run/undoing/undoing.js';
import { createAnyClient } from '../../src/platform/client.js';
import { definePipeline } from '../../src/steps/define.js';
import { Deeds, type DeedsOptions } from '../../src/workflows/kernel/deeds.js';
import { Contexts, type ContextsOptions } from '../../src/workflows/kernel/step-contexts.js';
import { FirstSends } from '../../src/workflows/kernel/first-sends.js';
import { Origins } from '../../src/workflows/kernel/origins.js';
import { StepStates } from '../../src/workflows/kernel/step-states.js';
import { toyWing } from '../platform/toy-wing.js';
import { effectsOver } from './performing.js';
import { pack, packRoom, toyActivities } from './toy-wing.js';

let server: Server;
let boxes: { id: string; label: string }[] = [];
/** Whether the next answer is lost after the shop has done what it was asked for. */
let losesAnswer = false;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await textOf(request);
  let said: unknown = { boxes, metadata: { totalCount: boxes.length } };
  if (request.method === 'POST') {
    const { label } = JSON.parse(body) as { label: string };
    said = { id: `b${boxes.length + 1}`, label };
    boxes.push(said as (typeof boxes)[number]);
  }
  if (request.method === 'DELETE') {
    boxes = boxes.filter(({ id }) => !(request.url ?? '').endsWith(`/${id}`));
    said = {};
  }
  const isLost = losesAnswer && request.method !== 'GET';
  if (isLost) losesAnswer = false;
  if (isLost) return void request.socket.destroy();
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(said));
}

let deps: ActivityDependencies;
beforeEach(async () => {
  server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  [boxes, losesAnswer] = [[], false];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
  const credential = () => ({ kind: 'apiKey' as const, value: 'let-me-in' });
  deps = {
    client: createAnyClient(toyWing, {
      ...{ name: 'corner', url, dialect: 'plain', requestTimeoutMs: 30_000, credential },
    }),
    ...{ url, dialect: 'plain', platformOf: () => null },
    waits: { firstLookMs: 1, lastLookMs: 1, settleMs: 1, patienceMs: 1_000, undoMs: 0, sweepMs: 0 },
    ...{ probe: () => null, service: () => null },
    ...{ redact: (text) => text, redactLines: (lines) => ({ lines, open: 0 }) },
  };
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const { steps } = definePipeline<{ label: string }, { pack: { boxId: string } }, null>({
  ...{ name: 'parcel', workflow: 'parcel', overlap: 'skip', preflights: () => [], result: () => null },
  steps: (place) => ({ pack: place(pack, { with: ({ label }) => ({ label }) }) }),
});
const origin = { runId: 'parcel.x', firstAttemptId: 'a1', step: 'pack', generation: 1 };
const activities = () => createActivities(toyActivities, deps, () => Promise.resolve());
const effects = () => effectsOver(activities(), { firstTry: 1, between: () => Promise.resolve() });

/** The kernel, with what a run without a person, an end or a limit gives to it. */
function kernelOf(names: readonly string[]) {
  const attempt = { runId: 'parcel.x', attemptId: 'a1', originalId: 'a1', isReset: false };
  const isLast = () => false;
  const origins = new Origins({ attempt, continuation: undefined, connectionOf: () => 'corner', isLast });
  const generationOf = (name: string) => origins.generationOf(name);
  const states = new StepStates({ names, generationOf, changed: () => undefined });
  const undo: UndoCall[] = [];
  const firstSends = new FirstSends({ continuation: undefined, isReset: false, isLast, before: undefined });
  const known = {
    ...{ states, origins, firstSends },
    undo: {
      add: ({ call }: { call: UndoCall }) => {
        undo.push(call);
        return (made: UndoCall['made']) => undo.push({ ...call, made });
      },
      settle: () => undefined,
    },
  };
  const contexts = new Contexts({
    ...{ ...known, effectsOf: effects, asked: {}, resolvers: [] },
  } as unknown as ContextsOptions); // of all of it, what such a run asks
  const deeds = new Deeds({
    ...{ ...known, contexts, refusalOf: () => null, isFull: () => false },
  } as unknown as DeedsOptions); // the same
  return { deeds, states, undo };
}

const perform = async () => {
  const { deeds, states, undo } = kernelOf(['pack']);
  const deed = { name: 'pack', step: steps['pack'], startedAt: 'now', preflight: undefined };
  const spec = steps['pack']?.specOf({ label: 'books' }, {}) ?? {};
  const output = await deeds.try({ ...deed, made: 1, sinceMs: 0 } as never, spec);
  return { output, state: states.get('pack'), undo };
};

describe('a kind of step of a second platform', () => {
  it('is performed by the kernel, which knows its output, its references and how it is undone', async () => {
    const { output, state, undo } = await perform();
    expect(boxes).toEqual([{ id: 'b1', label: `books ${markerOf(origin)}` }]);
    expect(output).toEqual({ boxId: 'b1' });
    expect(state).toMatchObject({
      ...{ tries: 1, references: [{ kind: 'box', id: 'b1' }] },
      state: { status: 'succeeded', output: { boxId: 'b1' } },
    });
    const registered = { connection: 'corner', origin, target: { undo: 'archiveBoxes' } };
    expect(undo).toMatchObject([registered, { ...registered, made: { id: 'b1' } }]);
  });

  it('is made once where its answer is lost', async () => {
    losesAnswer = true;
    const { output } = await perform();
    expect(boxes).toHaveLength(1);
    expect(output).toEqual({ boxId: 'b1', inDoubt: true });
  });

  it('is foreseen by its own effect with its writes held back, and taken over where it is there', async () => {
    const effect = { connection: 'corner', origin, begunBefore: true };
    const plan = () => packRoom.foresee(createForesight(toyActivities, deps), effect, { label: 'books' });
    expect(await plan()).toEqual({
      why: 'no box carries its marker',
      calls: [{ endpoint: 'boxes.pack', on: 'books' }],
    });
    expect(boxes).toEqual([]);
    await perform();
    expect(await plan()).toMatchObject({ calls: [], adopts: { kind: 'box', id: 'b1' } });
  });

  it('is undone by the name in its target', async () => {
    const { undo } = await perform();
    const [call] = undo.slice(-1);
    expect(call && (await performUndo(effects(), call))).toEqual({
      ...{ undone: [{ kind: 'box', id: 'b1' }], leftBehind: [] },
    });
    expect(boxes).toEqual([]);
  });
});
