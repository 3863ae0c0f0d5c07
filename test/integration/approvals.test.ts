/** Approvals, from the request to the decision: by CLI, by HTTP, by a link, by nobody. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LonghaulClient, type PipelineInput, type Run, connectClient } from '../../src/client.js';
import { awaitedApproval } from '../../src/run/approvals/approvals.js';
import { tokenOf } from '../../src/webhooks/approval-token.js';
import { runCommand } from '../support/command.js';
import { histories } from '../support/histories.js';
import { type EventReceiver, type ReceivedEvent, createEventReceiver } from '../support/receiver.js';
import { retrainInput, world } from '../support/retraining.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, type WorkerProcess, createStage, statuses, until } from '../support/stage.js';

const hookSecret = `whsec_${Buffer.from('a shared secret of 32 bytes, yes').toString('base64')}`;
const approvalSecret = 'what signs the links of approvals, 32 bytes';
const publicUrl = 'https://longhaul.example.com';
const asked = ['run.approval-requested', 'run.approval-reminded'] as const;

let receiver: EventReceiver;
let stage: Stage;
let server: ServerProcess;
let client: LonghaulClient;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  receiver = await createEventReceiver(hookSecret);
  const hook = { url: receiver.url, secret: { env: 'HOOK_SECRET' }, internal: true, events: asked };
  stage = await createStage({
    world,
    settings: {
      server: { publicUrl },
      approvals: { secret: { env: 'APPROVAL_SECRET' } },
      webhooks: { firstRetryMs: 200, outgoing: { team: hook, audit: hook } },
    },
    env: { HOOK_SECRET: hookSecret, APPROVAL_SECRET: approvalSecret },
  });
  workers.push(await stage.startWorker());
  server = await startServer(stage);
  client = await connectClient({
    temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
    receivers: Object.fromEntries(
      ['team', 'audit'].map((name) => [name, { events: asked, pipelines: ['*'] }]),
    ),
  });
});
afterAll(async () => {
  await client.close();
  await server.close();
  await stage.close();
  receiver.close();
});

type Approval = NonNullable<PipelineInput<'retrain'>['approval']>;

/** Starts a run of a model of its own, and waits until it asks. */
async function ask(key: string, approval: Approval = {}, by = 'ada@desk'): Promise<string> {
  const { deploy } = await retrainInput(stage, '0.9');
  const more = { register: { model: key }, deploy: { ...deploy, modelApi: key }, approval };
  const input = await retrainInput(stage, '0.9', more);
  const { runId } = await client.start('retrain', input, { key, trigger: { kind: 'cli', by } });
  await until(client, runId, (run) => awaitedApproval(run) !== null);
  return runId;
}
const ended = (runId: string): Promise<Run> => client.wait(runId, { timeoutMs: 90_000 });
const decision = (action: 'approve' | 'reject', actor: string) => ({
  action,
  actor,
  names: [actor],
  reason: 'looked at it',
});

async function eventsOf(runId: string, wanted: number): Promise<ReceivedEvent[]> {
  for (const endMs = Date.now() + 20_000; ;) {
    const events = receiver.events.filter(({ data }) => data.runId === runId);
    if (events.length >= wanted) return events;
    if (Date.now() > endMs) throw new Error(`${events.length} events of ${runId} instead of ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Where the link of an event leads on this machine. */
const here = (link: string): string => link.replace(publicUrl, server.url);
const linksOf = async (runId: string, wanted = 2): Promise<string[]> =>
  (await eventsOf(runId, wanted)).flatMap(({ data }) => data.approval?.link ?? []);
/** The link of a run whose input names no receiver, or one. */
const linkOf = async (runId: string): Promise<string> => here((await linksOf(runId))[0] ?? '');

const send = (url: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form), headers });
const post = async (path: string, body: object) => {
  const response = await fetch(new URL(path, server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { ...((await response.json()) as Record<string, unknown>), status: response.status };
};
const cli = (...words: string[]) => runCommand(words, { env: stage.env });

describe('a run that asks for approval', () => {
  it('is shown by the CLI with what is to be decided, and goes on when the CLI approves', async () => {
    const runId = await ask('by-cli');
    const shown = await cli('run', 'get', runId);
    expect(shown.stdout).toMatch(
      /to be decided: by-cli version 1, where nothing is live, until .* by any operator/,
    );
    expect(shown.stdout).toMatch(/accuracy +0\.9 +–/);
    expect(shown.stdout).toContain(`next: longhaul run approve ${runId} --reason "…"`);
    const listed = await cli('retrain', 'log', '--outcome', 'awaiting-approval', '-o', 'ids');
    expect(listed.stdout.trim().split('\n')).toContain(runId);
    const approved = await cli(
      'run',
      'approve',
      runId,
      '--reason',
      'better',
      '--actor',
      'grace',
      '-o',
      'json',
    );
    expect(JSON.parse(approved.stdout)).toEqual({
      runId,
      action: 'approve',
      actor: 'grace',
      reason: 'better',
    });
    expect((await ended(runId)).result).toMatchObject({
      outcome: 'deployed',
      approval: { decision: 'approved', by: 'grace', reason: 'better' },
    });
    const late = await cli('run', 'reject', runId, '--reason', 'no');
    expect(late.exitCode).toBe(7);
    expect(late.stderr).toContain('it has ended');
    const audit = await cli('audit', '--run', runId, '-o', 'jsonl');
    expect(audit.stdout).toContain('"action":"run.approve"');
  });

  it('deploys nothing when HTTP rejects it', async () => {
    const runId = await ask('by-http');
    expect(await post(`/v1/runs/${runId}/reject`, { reason: 'too slow' })).toEqual({ status: 200, runId });
    expect((await ended(runId)).result).toMatchObject({
      outcome: 'rejected',
      approval: { decision: 'rejected', by: 'local', reason: 'too slow' },
    });
    expect(await post(`/v1/runs/${runId}/approve`, { reason: 'x' })).toMatchObject({
      status: 409,
      code: 'RUN_ENDED',
    });
  });

  it('takes the first of two decisions at once', async () => {
    const runId = await ask('at-once');
    const answers = await Promise.all(
      ['approve', 'reject', 'approve', 'reject'].map((verb) =>
        post(`/v1/runs/${runId}/${verb}`, { reason: 'x' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    await ended(runId);
  });

  it('refuses those whom its input does not name, and who started it where the input says so', async () => {
    const runId = await ask('named', { by: ['grace', 'ada@desk'], byStarter: false });
    const denied = { code: 'APPROVAL_DENIED' };
    await expect(client.decideApproval(runId, decision('approve', 'bob'))).rejects.toMatchObject(denied);
    await expect(client.decideApproval(runId, decision('approve', 'ada@desk'))).rejects.toMatchObject(denied);
    expect(await post(`/v1/runs/${runId}/approve`, { reason: 'x' })).toMatchObject({
      status: 403,
      code: 'APPROVAL_DENIED',
      detail: expect.stringContaining('grace'),
    });
    expect((await cli('run', 'approve', runId, '--reason', 'x')).exitCode).toBe(3);
    await client.decideApproval(runId, decision('approve', 'grace'));
    expect((await ended(runId)).result).toMatchObject({ approval: { by: 'grace' } });
  });

  it('reminds once and expires, and the model is not deployed', async () => {
    const runId = await ask('nobody', { within: '4s', remindAfter: '1s' });
    expect((await ended(runId)).result).toMatchObject({
      outcome: 'approval-expired',
      approval: { decision: 'expired' },
    });
    expect(statuses(await client.get(runId))['deploy']).toBe('skipped');
    const events = await eventsOf(runId, 4);
    expect(events.map(({ type }) => type).sort()).toEqual([...asked, ...asked].sort());
    const link = here(events[0]?.data.approval?.link ?? '');
    expect([
      (await fetch(link)).status,
      (await send(link, { action: 'approve', reason: 'x' })).status,
    ]).toEqual([404, 404]);
  });

  it('waits on when its worker is killed, and is decided by the next', async () => {
    const runId = await ask('killed');
    await stage.killWorkers();
    workers.push(await stage.startWorker());
    await client.decideApproval(runId, decision('approve', 'grace'));
    expect((await ended(runId)).result).toMatchObject({ outcome: 'deployed' });
  });
});

describe('a decision that no run awaits', () => {
  it('is refused to a pipeline without approvals, to a run that has not asked yet and to none at all', async () => {
    const train = { command: 'python train.py --accuracy 0.9' };
    const plain = { connection: stage.connection, project: 'ada/iris', train };
    const { runId } = await client.start('train-and-deploy', plain, { key: 'plain' });
    const notAwaited = { status: 409, code: 'APPROVAL_NOT_AWAITED' };
    expect(await post(`/v1/runs/${runId}/approve`, { reason: 'x' })).toMatchObject(notAwaited);
    const input = await retrainInput(stage, '0.9', { register: { model: 'early' }, approval: {} });
    const early = await client.start(
      'retrain',
      { ...input, when: { all: [{ always: true }] } },
      { key: 'early' },
    );
    expect(await post(`/v1/runs/${early.runId}/approve`, { reason: 'x' })).toMatchObject(notAwaited);
    await client.cancel(early.runId, { reason: 'over' });
    expect(await post('/v1/runs/retrain.none/approve', { reason: 'x' })).toMatchObject({ status: 404 });
  });
});

describe('a link', () => {
  it('shows what is to be decided as a page that can do nothing else, and decides nothing by being read', async () => {
    const runId = await ask('shown');
    const link = await linkOf(runId);
    for (let times = 0; times < 3; times += 1) expect((await fetch(link)).status).toBe(200);
    const { headers, text } = await fetch(link).then(async (response) => ({
      headers: Object.fromEntries(response.headers),
      text: await response.text(),
    }));
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      ),
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow, noarchive',
      'cache-control': 'no-store',
    });
    for (const part of ['Put shown version 1 live?', runId, 'accuracy', '0.9', 'name="reason"'])
      expect(text).toContain(part);
    expect(text).not.toMatch(/<script|src=|href=/i);
    expect(awaitedApproval(await client.get(runId))).not.toBeNull();
    await client.decideApproval(runId, decision('reject', 'grace'));
  });

  it('decides once, as its receiver, and says so when it is used again', async () => {
    const runId = await ask('by-link');
    const link = await linkOf(runId);
    const page = await send(link, { action: 'approve', reason: 'from chat' }, { accept: 'text/html' });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<h1>Approved</h1>')]);
    const [again, read] = [await send(link, { action: 'reject', reason: 'x' }), await fetch(link)];
    expect([again.status, read.status]).toEqual([409, 409]);
    const run = await ended(runId);
    expect(run.result).toMatchObject({
      outcome: 'deployed',
      approval: {
        decision: 'approved',
        by: expect.stringMatching(/^webhook:(team|audit)$/),
        reason: 'from chat',
      },
    });
    const after = await fetch(link);
    expect([after.status, await after.text()]).toEqual([
      409,
      expect.stringMatching(/It was approved by webhook:/),
    ]);
    const entries = await fetch(new URL(`/v1/audit?object=${runId}`, server.url));
    expect(((await entries.json()) as { entries: object[] }).entries).toContainEqual(
      expect.objectContaining({
        action: 'run.approve',
        actorKind: 'webhook',
        reason: 'from chat',
        outcome: 'ok',
      }),
    );
  });

  it('is sent to receivers that may decide alone', async () => {
    const runId = await ask('to-team', { by: ['webhook:team'] });
    const links = await linksOf(runId);
    expect(links).toHaveLength(1);
    const rejected = await send(here(links[0] ?? ''), { action: 'reject', reason: 'no' });
    expect(rejected.status).toBe(200);
    expect((await ended(runId)).result).toMatchObject({ approval: { by: 'webhook:team' } });
  });

  it('that is forged, of another attempt, of no run or sent by another site decides nothing', async () => {
    const runId = await ask('forged');
    const link = await linkOf(runId);
    const [event] = await eventsOf(runId, 2);
    const grant = {
      runId,
      attemptId: event?.data.attemptId ?? '',
      receiver: 'team',
      until: event?.data.approval?.until ?? '',
    };
    const other = { ...grant, attemptId: '01a1fd80-7e9b-73e7-a1ba-a621c547780d' };
    const tokens = [
      tokenOf(grant, 'another secret, as long as the one it is not'),
      tokenOf(other, approvalSecret),
      tokenOf({ ...grant, runId: 'retrain.none' }, approvalSecret),
      'x',
    ];
    const form = { action: 'approve', reason: 'x' };
    const answers = new Set<string>();
    for (const token of tokens) {
      const forged = `${server.url}/v1/approvals/${token}`;
      for (const response of [await fetch(forged), await send(forged, form)]) {
        const { requestId: _requestId, ...problem } = (await response.json()) as Record<string, unknown>;
        answers.add(JSON.stringify(problem));
        expect(problem).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
      }
    }
    expect(answers.size).toBe(1);
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])
      expect((await send(link, form, headers)).status).toBe(403);
    expect(awaitedApproval(await client.get(runId))).not.toBeNull();
    expect((await send(link, form, { 'sec-fetch-site': 'same-origin', origin: 'null' })).status).toBe(200);
  });

  it('and its secret are in no log, no history and no line of the audit', async () => {
    const tokens = receiver.events.flatMap(({ data }) => data.approval?.link?.split('/').at(-1) ?? []);
    expect(tokens.length).toBeGreaterThan(3);
    const audit = await cli('audit', '-o', 'jsonl');
    const past = await histories(stage);
    expect(past).toContain('from chat'); // so that what is looked for would be found
    const said = [...server.log, ...workers.flatMap(({ log }) => log), audit.stdout, past].join('\n');
    for (const secret of [...tokens, approvalSecret, '/v1/approvals/l'])
      expect([secret.length, said.includes(secret)]).toEqual([secret.length, false]);
    expect(server.log.some((line) => line.includes('"route":"/v1/approvals/:token"'))).toBe(true);
  });
});

describe('the ledger of retrainings', () => {
  interface Page {
    readonly retrainings: readonly { readonly runId: string; readonly outcome?: string }[];
    readonly next?: string;
  }
  const page = async (query: string): Promise<Page> =>
    (await (await fetch(new URL(`/v1/retrainings?${query}`, server.url))).json()) as Page;

  it('lists each with its model, its decision and what it came to', async () => {
    const model = `${stage.connection}/ada/iris/by-cli`;
    const { retrainings } = await page(`model=${encodeURIComponent(model)}`);
    expect(retrainings).toEqual([
      {
        runId: 'retrain.by-cli',
        model,
        startedAt: expect.any(String),
        endedAt: expect.any(String),
        status: 'succeeded',
        decision: expect.objectContaining({ verdict: 'retrain', reason: expect.any(String) }),
        outcome: 'deployed',
        conclusion: 'version 1 serves',
      },
    ]);
    const shown = await cli('retrain', 'log', '--model', model, '--evidence');
    expect(shown.stdout).toMatch(
      /TIME +TICK +DECISION +WHY +OUTCOME +RUN\n.*retrain .*deployed +retrain\.by-cli/,
    );
  });

  it('is paged without a gap, and narrowed by what it came to', async () => {
    const all = (await page('limit=200')).retrainings.map(({ runId }) => runId);
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const next = await page(
        `limit=3${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      paged.push(...next.retrainings.map(({ runId }) => runId));
      cursor = next.next;
    } while (cursor !== undefined);
    expect(paged).toEqual(all);
    const { retrainings } = await page('outcome=approval-expired');
    expect(retrainings.map(({ runId }) => runId)).toEqual(['retrain.nobody']);
    expect(await page('schedule=none')).toEqual({ retrainings: [] });
  });
});
