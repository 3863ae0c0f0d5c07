/** `longhaul call`, as its users call it, against a simulator. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Stage, openStage } from '../../simulator/stage.js';
import { runCommand } from '../../support/command.js';

const cli = new URL('../../../dist/cli/main.js', import.meta.url).pathname;

let stage: Stage;
let folder: string;
let env: Record<string, string>;
let projectId: string;
beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'call-'));
  const connection = { platform: 'domino', url: stage.simulator.url, apiKey: { env: 'KEY' } };
  const config = { connections: { here: connection }, audit: { directory: join(folder, 'audit') } };
  await writeFile(join(folder, 'longhaul.yaml'), JSON.stringify(config));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  env = { KEY: stage.simulator.apiKey };
  projectId = await stage.projectId();
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

const call = (...args: string[]) => runCommand(['call', ...args], { env, cwd: folder });
const sent = () => stage.simulator.ledger().length;
const upload = ['domino.projectFiles.upload', '-p', 'owner=ada', '-p', 'project=iris'];

it('prints the answer as JSON, and nothing else on standard output', async () => {
  const { exitCode, stdout, stderr } = await call('domino.users.self');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ user: { userName: 'ada' } });
});

describe('lists and help', () => {
  it('name every endpoint within 80 columns, or those in which a text is', async () => {
    const { stdout } = await call('--list');
    expect(stdout).toContain('domino.jobs.start\n  POST /api/jobs/v1/jobs\n  Start a job.\n');
    // A path is not broken: somebody may copy it.
    expect(stdout.split('\n').filter((line) => line.length > 80 && / \S/.test(line.trim()))).toEqual([]);
    const few = JSON.parse((await call('--list', 'snapshot of a dataset', '-o', 'json')).stdout) as object[];
    expect(few.map((row) => ('endpoint' in row ? row.endpoint : ''))).toEqual(['domino.datasets.addTag']);
  });

  it('say which dialects have an endpoint, and list those in which all of several texts are', async () => {
    const { stdout } = await call('ubiops', '--list', 'tags.list', 'v2 only');
    expect(stdout).toBe(
      [
        'ubiops.tags.list  v2 only',
        '  GET /projects/{projectName}/environments/{environmentName}/tags',
        '  List the tags of an environment, in no stated order.\n',
      ].join('\n'),
    );
    expect((await call('ubiops.tags.list', '--help')).stdout).toContain('  dialect  v2 only\n');
    expect((await call('ubiops.status.get', '--help')).stdout).toContain('  dialect  v2.1, v2\n');
    const help = JSON.parse((await call('domino.jobs.get', '--help', '-o', 'json')).stdout) as object;
    expect(help).toMatchObject({ dialects: ['v6', 'reference'] });
  });

  it('say what an endpoint takes, what a second call does, where it is documented, and how it is called', async () => {
    const { stdout } = await call('domino.jobs.start', '--help');
    expect(stdout).toContain('source   domino-rest-api-reference.md#start-job');
    expect(stdout).toContain('replay   creates: a second call creates another one');
    expect(stdout).toMatch(/ {2}runCommand +body {2}text +required\n/);
    expect(stdout).toMatch(/ {2}mainRepoGitRef\.refType +body {2}head\|commitId\|tags\|branches\n/);
    expect(stdout.replaceAll(/ \\\n +/g, ' ')).toContain(
      'longhaul call domino.jobs.start --connection domino-prod -p projectId=TEXT -p runCommand=TEXT',
    );
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect((await call('--help')).stdout).toContain('Usage: longhaul call');
  });
});

describe('refuses before anything is sent', () => {
  it.each([
    ['an unknown endpoint', ['domino.datasets.lst'], 'did you mean domino.datasets.list'],
    ['a platform that there is not', ['dominos.jobs'], 'there is no endpoint "dominos.jobs"'],
    ['an unknown parameter', ['domino.datasets.list', '-p', 'limits=1'], 'did you mean "limit"?'],
    ['a missing field', ['domino.jobs.start', '-p', 'runCommand=x', '--yes'], 'projectId is missing'],
    [
      'a missing part of the path',
      ['domino.datasets.get'],
      'datasetId is missing: give -p datasetId=… (text)',
    ],
    ['a wrong type', ['domino.datasets.list', '-p', 'limit=ten'], 'limit does not fit'],
    [
      'a wrong word',
      ['domino.jobs.list', '-p', 'projectId=1', '-p', 'statusFilter=x'],
      'statusFilter does not fit',
    ],
    [
      'a field that is no list',
      ['domino.jobs.list', '-p', 'projectId=1', '-p', 'projectId=2'],
      'is given 2 times',
    ],
    [
      'an unknown field within',
      ['domino.jobs.start', '-p', 'mainRepoGitRef.type=x'],
      'there is no field "type"',
    ],
    [
      'a path out of its place',
      ['domino.datasets.get', '-p', 'datasetId=..'],
      '{datasetId} must not be ".."',
    ],
    [
      'a path out of its folder',
      [...upload, '-p', 'path=a/../b', '--file', 'longhaul.yaml'],
      '{path} must not be',
    ],
    ['an upload without a file', [...upload, '-p', 'path=a'], '--file is missing'],
    ['a file that is not there', [...upload, '-p', 'path=a', '--file', 'none'], '--file none cannot be sent'],
    ['a folder', [...upload, '-p', 'path=a', '--file', '.'], 'it is no file'],
    ['a file for what takes none', ['domino.users.self', '--file', 'longhaul.yaml'], 'takes no upload'],
    ['a list of what is none', ['domino.users.self', '--all'], 'answers no list'],
    ['an unknown connection', ['domino.users.self', '--connection', 'there'], 'those of'],
    [
      'a creation without --yes',
      ['domino.jobs.restart', '-p', 'jobId=1', '-p', 'shouldUseOriginalInputCommit=true'],
      'Add --yes',
    ],
    ['a file in its way', ['domino.users.self', '--output', 'longhaul.yaml'], 'add --force'],
    ['a folder that is not there', ['domino.users.self', '--output', 'no/x'], 'cannot be written'],
    ['a folder for a file', ['domino.users.self', '--output', '.', '--force'], 'is no regular file'],
    ['a pipe for a file', ['domino.users.self', '--output', 'pipe', '--force'], 'is no regular file'],
    ['a name that is too long', ['domino.users.self', '--output', 'x'.repeat(255)], 'cannot be written'],
    ['no endpoint', [], 'longhaul call --list'],
    ['two endpoints', ['domino.users.self', 'domino.users.list'], 'one endpoint is called at a time'],
  ])('%s', async (_, args, said) => {
    const before = sent();
    const { exitCode, stdout, stderr } = await call(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(sent()).toBe(before);
  });
});

describe('parameters', () => {
  it('go where they belong, by name, as lists, with dots, from files and as a whole body', async () => {
    await writeFile(join(folder, 'body.json'), JSON.stringify({ projectId, runCommand: 'a', title: 'one' }));
    const first = await call('domino.jobs.start', '--body', 'body.json', '-p', 'title=3', '--yes');
    expect(JSON.parse(first.stdout)).toMatchObject({ job: { title: '3', runCommand: 'a' } });
    await writeFile(join(folder, 'ref.yaml'), 'refType: head');
    const more = [
      '-p',
      `projectId=${projectId}`,
      '-p',
      'body.runCommand=@@b',
      '-p',
      'mainRepoGitRef=@ref.yaml',
    ];
    const second = await call('domino.jobs.start', ...more, '--yes');
    expect(JSON.parse(second.stdout)).toMatchObject({ job: { runCommand: '@b' } });
    const listed = await call(
      'domino.datasets.list',
      '-p',
      `projectIdsToInclude=${projectId}`,
      '-p',
      'limit=1',
    );
    expect(JSON.parse(listed.stdout)).toMatchObject({ datasets: [], metadata: { totalCount: 0 } });
  });
});

it('takes a text from a file as it is: its lines stay, and numbers are texts', async () => {
  await writeFile(join(folder, 'script.txt'), 'echo a: 1\necho b\n');
  const start = ['domino.jobs.start', '-p', `projectId=${projectId}`, '--yes'];
  const { stdout } = await call(...start, '-p', 'runCommand=@script.txt');
  expect(JSON.parse(stdout)).toMatchObject({ job: { runCommand: 'echo a: 1\necho b' } });
  await writeFile(join(folder, 'bytes'), Buffer.from([0xff, 0xfe]));
  expect(await call(...start, '-p', 'runCommand=@bytes')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('@bytes cannot be read as text'),
  });
});

it('reads every page of a list, each item once', async () => {
  for (const name of ['a', 'b', 'c']) await stage.startJob({ title: name });
  const args = ['domino.jobs.list', '-p', `projectId=${projectId}`, '-p', 'limit=2', '--all'];
  const jobs = JSON.parse((await call(...args)).stdout) as { id: string }[];
  expect(jobs.length).toBeGreaterThanOrEqual(4);
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
  expect((await call(...args, '-o', 'ids')).stdout.trim().split('\n')).toEqual(jobs.map(({ id }) => id));
  expect((await call(...args, '-o', 'jsonl')).stdout.trim().split('\n')).toHaveLength(jobs.length);
});

it('sends a file and writes one, and leaves none that is not whole', async () => {
  await writeFile(join(folder, 'a.txt'), 'hello');
  const put = await call(...upload, '-p', 'path=sub/a.txt', '--file', 'a.txt');
  expect(JSON.parse(put.stdout)).toMatchObject({ path: 'sub/a.txt', size: 5 });
  const commits = await call(
    'domino.projectFiles.listCommits',
    '-p',
    'owner=ada',
    '-p',
    'project=iris',
    '-o',
    'ids',
  );
  const [commitId = ''] = commits.stdout.split('\n');
  const get = ['domino.projectFiles.content', '-p', `projectId=${projectId}`, '-p', `commitId=${commitId}`];
  const got = await call(...get, '-p', 'path=sub/a.txt', '--output', 'b.txt');
  expect({ exitCode: got.exitCode, stdout: got.stdout }).toEqual({ exitCode: 0, stdout: '' });
  expect(await readFile(join(folder, 'b.txt'), 'utf8')).toBe('hello');
  await stage.post('/_simulator/faults', { endpoint: 'projectFiles.content', kind: 'truncate' });
  const cut = await call(...get, '-p', 'path=sub/a.txt', '--output', 'c.txt');
  expect(cut.exitCode).toBe(9);
  expect(cut.stderr).toContain('got no whole answer');
  expect((await readdir(folder)).filter((name) => name.startsWith('c.'))).toEqual([]);
});

/** A command of its own, whose connection is a server that answers what is stated. */
async function callServer(answer: RequestListener, args: readonly string[]) {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const there = { platform: 'domino', url: `http://127.0.0.1:${port}`, apiKey: { env: 'KEY' } };
  const home = await mkdtemp(join(tmpdir(), 'call-server-'));
  const config = { connections: { there }, audit: { directory: join(home, 'audit') } };
  await writeFile(join(home, 'longhaul.yaml'), JSON.stringify(config));
  const child = spawn(process.execPath, [cli, 'call', ...args], { cwd: home, env: { KEY: 'the-key' } });
  const texts = Promise.all([text(child.stdout), text(child.stderr)]);
  const end = async () => {
    await once(child, 'exit');
    const { exitCode } = child;
    const [stdout, stderr] = await texts;
    const files = (await readdir(home)).filter((name) => name.startsWith('out'));
    server.closeAllConnections();
    server.close();
    await rm(home, { recursive: true });
    return { exitCode, stdout, stderr, files };
  };
  return { child, home, end };
}

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('ends at %s while a download stands still, and leaves no part of it', async (signal, code) => {
  const args = ['domino.projectFiles.blob', '-p', 'owner=a', '-p', 'project=b', '-p', 'key=c'];
  let stands: () => void = () => undefined;
  const standing = new Promise<void>((resolve) => (stands = resolve));
  const { child, end } = await callServer(
    (_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('12345', stands);
    },
    [...args, '--output', 'out'],
  );
  await standing;
  await delay(200);
  const askedMs = performance.now();
  child.kill(signal);
  expect(await end()).toMatchObject({ exitCode: code, stdout: '', files: [] });
  expect(performance.now() - askedMs).toBeLessThan(5_000);
});

it('prints the answer to what was sent when its file cannot be written any more', async () => {
  const answer = { dataset: { id: 'd', name: 'x', projectId: 'p' }, metadata: {} };
  const { home, end } = await callServer(
    (_, response) => {
      void mkdir(join(home, 'out')).then(() => response.end(JSON.stringify(answer)));
    },
    ['domino.datasets.create', '-p', 'name=x', '-p', 'projectId=p', '--yes', '--output', 'out'],
  );
  const { exitCode, stdout, stderr } = await end();
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('could not be written'),
  });
  expect(JSON.parse(stdout)).toMatchObject({ dataset: { id: 'd' } });
});

it('exits by the table of failures, with what to do', async () => {
  const unknown = await call('domino.datasets.get', '-p', 'datasetId=none', '-o', 'json');
  expect(unknown.exitCode).toBe(4);
  expect(JSON.parse(unknown.stderr)).toMatchObject({
    error: { code: 'NOT_FOUND', advice: 'Correct the id or the name.' },
  });
  const renewed = await runCommand(['call', 'domino.users.self'], { env: { KEY: 'old' }, cwd: folder });
  expect([renewed.exitCode, renewed.stderr]).toEqual([3, expect.stringContaining('Renew the credential')]);
  expect(renewed.stderr).not.toContain('old');
});

it('sends what creates once, says where to look when its answer is lost, and writes it to the audit log', async () => {
  await stage.post('/_simulator/faults', { endpoint: 'datasets.create', kind: 'lose-answer' });
  const lost = await call(
    'domino.datasets.create',
    '-p',
    'name=raw',
    '-p',
    `projectId=${projectId}`,
    '--yes',
  );
  expect(lost.exitCode).toBe(1);
  expect(lost.stderr).toContain('look at `longhaul call domino.datasets.list`');
  const created = stage.simulator.ledger().filter(({ endpoint }) => endpoint === 'datasets.create');
  expect(created).toHaveLength(1);
  const logs = await readdir(join(folder, 'audit'));
  const texts = await Promise.all(logs.map((log) => readFile(join(folder, 'audit', log), 'utf8')));
  expect(texts.join('')).toContain('"connection.call","object":"here domino.datasets.create"');
});

it('says where an answer does not fit, and nothing of what is in it', async () => {
  await stage.post('/_simulator/faults', {
    ...{
      endpoint: 'users.self',
      kind: 'status',
      status: 200,
      body: { user: { id: 'u', userName: ['hush'] } },
    },
  });
  const { exitCode, stderr } = await call('domino.users.self');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('user.userName');
  expect(stderr).not.toContain('hush');
});

describe('an answer that holds a secret', () => {
  const args = ['domino.modelDeployments.credentials', '-p', 'deploymentId=d'];
  const item = { operationType: 'logs', credentialsType: 'aws', credentials: { key: 'hush' } };
  const answering = () =>
    stage.post('/_simulator/faults', {
      ...{ endpoint: 'modelDeployments.credentials', kind: 'status', status: 200 },
      body: { items: [{ ...item, expirationTime: '2027-01-01T00:00:00Z' }] },
    });

  it('is masked, and shown with --show-secret alone', async () => {
    await answering();
    const hidden = await call(...args);
    expect([hidden.exitCode, hidden.stdout.includes('hush')]).toEqual([0, false]);
    expect(JSON.parse(hidden.stdout)).toMatchObject({ items: [{ credentials: { key: '[masked]' } }] });
    await answering();
    expect((await call(...args, '--show-secret')).stdout).toContain('hush');
  });

  it('is not asked for where it is told once and would be masked', async () => {
    const create = ['domino.serviceAccounts.createToken', '-p', 'serviceAccountId=s', '--yes'];
    const before = sent();
    const { exitCode, stderr } = await call(...create, '-p', 'name=x', '-p', 'lifetime=1');
    expect([exitCode, sent()]).toEqual([2, before]);
    expect(stderr).toContain('--show-secret');
  });
});
