import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { isFailureCode } from '../../src/run/failures/errors.js';
import { tokenOf } from '../../src/webhooks/approval-token.js';
import {
  type BadInputGroup,
  type BadRequest,
  badInput,
  behaviours,
  failedKey,
  failingInput,
  genuineLink,
  otherCursor,
  otherWorkflowId,
  takenKey,
  usualInput,
} from '../server/bad-input.js';
import { type RawAnswer, openSocket, readRaw, sendRaw } from '../support/raw-http.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage } from '../support/stage.js';

const approvalSecret = 'a secret of more than thirty-two bytes';
let stage: Stage;
let replaying: Stage;
let servers: Readonly<Record<BadInputGroup['server'], ServerProcess>>;

beforeAll(async () => {
  stage = await createStage({
    settings: { approvals: { secret: { env: 'APPROVAL_SECRET' } } },
    env: { APPROVAL_SECRET: approvalSecret },
  });
  await stage.startWorker(); // registers the search attributes
  await stage.killWorkers();
  replaying = await createStage();
  await replaying.startWorker();
  const failing = await replaying.client.start('train-and-deploy', failingInput, { key: failedKey });
  expect((await replaying.client.wait(failing.runId, { timeoutMs: 90_000 })).failure?.step).toBe('gate');
  servers = {
    usual: await startServer(stage),
    'with-worker': await startServer(replaying),
    'without-temporal': await startServer(stage, { TEMPORAL_ADDRESS: '127.0.0.1:1' }),
  };
  await stage.client.start('train-and-deploy', usualInput, { key: takenKey });
  const connection = await Connection.connect({ address: stage.temporalAddress });
  const { workflow } = new Client({ connection, namespace: stage.namespace });
  await workflow.start('other', { workflowId: otherWorkflowId, taskQueue: 'nobody' });
  await connection.close();
});
afterAll(async () => {
  for (const server of Object.values(servers)) {
    server.kill('SIGTERM');
    expect(await server.ended).toBe(0);
  }
  await stage.close();
  await replaying.close();
});

/** A link of a run that there is not. */
const link = tokenOf(
  { runId: 'retrain.nobody', attemptId: randomUUID(), receiver: 'team', until: '2126-01-01T00:00:00Z' },
  approvalSecret,
);

const startUrl = () => `${servers.usual.url}/v1/pipelines/train-and-deploy/runs`;

const post = (key: string, input: unknown = usualInput) =>
  fetch(startUrl(), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ input }),
  });

const listed = async (): Promise<string[]> => {
  const runs = [];
  for await (const { runId } of stage.client.list()) runs.push(runId);
  return runs;
};

/** A cursor that is right, for the list of running runs. */
async function cursorOfAnotherList(): Promise<string> {
  const page = await fetch(`${servers.usual.url}/v1/runs?status=running&limit=1`);
  return String(((await page.json()) as { next?: string }).next); // its schema is RunPage
}

function bytesOf({ method, path, headers, body, announcedBytes, raw }: BadRequest): Buffer {
  if (raw !== undefined) return Buffer.from(raw);
  const sent = Buffer.from(body ?? '');
  const length = announcedBytes ?? (body === undefined ? undefined : sent.length);
  const lines = [
    ['host', '127.0.0.1'],
    ['connection', 'close'],
    ...headers,
    ...(length === undefined ? [] : [['content-length', String(length)]]),
  ].map((pair) => pair.join(': '));
  return Buffer.concat([Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n')), sent]);
}

/** Every error is a problem: RFC 9457, with a code of the table, and nothing of the inside. */
function problemOf({ status, headers, body }: RawAnswer) {
  expect(headers.get('content-type')).toContain('application/problem+json');
  const problem = JSON.parse(body) as Record<string, unknown>; // checked below
  expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  expect(isFailureCode(problem['code'])).toBe(true);
  expect(problem['type']).toBe(`urn:longhaul:${String(problem['code'])}`);
  expect(body).not.toMatch(/node_modules|\.js:\d/);
  return problem;
}

describe.each(badInput)('bad input: $title', ({ server, rows }) => {
  let answers: readonly RawAnswer[];
  beforeAll(async () => {
    const { url } = servers[server];
    const cursor = JSON.stringify(rows).includes(otherCursor) ? await cursorOfAnotherList() : '';
    const send = ({ path, ...rest }: BadRequest) =>
      sendRaw(
        url,
        bytesOf({ ...rest, path: path.replace(otherCursor, cursor).replace(genuineLink, link) }),
        1_000,
      );
    answers = await Promise.all(rows.map(({ request }) => send(request)));
  });

  it.each(rows.map((row, index) => ({ ...row, index })))('$attack', ({ request, answer, index }) => {
    const got = answers[index];
    expect(got).toMatchObject({ status: answer.status, answers: 1 });
    if (got === undefined || got.status < 400 || request.method === 'HEAD') return;
    const problem = problemOf(got);
    expect(problem['code']).toBe(answer.code);
    expect(problem['detail']).toContain(answer.detail ?? '');
    if (answer.pointer !== undefined)
      expect(problem['fields']).toContainEqual({ pointer: answer.pointer, detail: expect.any(String) });
    if (got.status === 503) expect(Number(got.headers.get('retry-after'))).toBeGreaterThan(0);
    if (got.status === 401) expect(got.headers.get('www-authenticate')).toContain('Bearer');
  });
});

describe('bad input: all of it together', () => {
  it(behaviours.nothing, async () => {
    expect(await listed()).toEqual([`train-and-deploy.${takenKey}`]);
    expect(await replaying.client.replays.attempts(`train-and-deploy.${failedKey}`)).toHaveLength(1);
    for await (const schedule of stage.client.schedules.list()) throw new Error(JSON.stringify(schedule));
    for await (const campaign of stage.client.campaigns.list()) throw new Error(JSON.stringify(campaign));
    for (const { log } of Object.values(servers)) {
      expect(log.filter((line) => line.includes('"level":50'))).toEqual([]);
      expect(log.every((line) => line.startsWith('{'))).toBe(true);
    }
  });

  it(behaviours.once, async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => post('together')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 200)).toHaveLength(199);
    const runs = await Promise.all(answers.map((answer) => answer.json() as Promise<{ attemptId: string }>));
    expect(new Set(runs.map(({ attemptId }) => attemptId)).size).toBe(1);
    expect((await listed()).filter((runId) => runId.endsWith('.together'))).toHaveLength(1);
  });

  it(behaviours.slow, async () => {
    const slow = Array.from({ length: 100 }, async (_, index) => {
      const socket = await openSocket(servers.usual.url);
      const beginning = `POST /v1/pipelines/train-and-deploy/runs HTTP/1.1\r\nhost: 127.0.0.1\r\n`;
      socket.write(
        index % 2 === 0
          ? beginning
          : `${beginning}content-type: application/json\r\ncontent-length: 900\r\n\r\n{`,
      );
      const drip = setInterval(() => socket.write(index % 2 === 0 ? `x-${Date.now()}: a\r\n` : ' '), 1_000);
      const beganMs = Date.now();
      const { status, body } = await readRaw(socket).finally(() => clearInterval(drip));
      return { status, body, tookMs: Date.now() - beganMs };
    });
    const tookMs = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const beganMs = Date.now();
        expect((await fetch(`${servers.usual.url}/v1/pipelines`)).status).toBe(200);
        return Date.now() - beganMs;
      }),
    );
    expect(Math.max(...tookMs)).toBeLessThan(5_000);
    for (const { status, body, tookMs: slowMs } of await Promise.all(slow)) {
      expect(status).toBe(408);
      expect(JSON.parse(body)).toMatchObject({ code: 'REQUEST_MALFORMED', status: 408 });
      expect(slowMs).toBeGreaterThan(14_000);
      expect(slowMs).toBeLessThan(25_000);
    }
  });
});
