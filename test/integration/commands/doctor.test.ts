/** `longhaul doctor`, with one thing broken after the other: each is named, with what to do about it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectClient } from '../../../src/client.js';
import { runCommand } from '../../support/command.js';
import { eventually } from '../../support/eventually.js';
import { type Stage, createStage, payloadKey } from '../../support/stage.js';

let stage: Stage;
let buildId: string;
/** Begun first, for it waits long for a worker that can read what it asks. */
let withNextKey: ReturnType<typeof doctor>;
beforeAll(async () => {
  const audit = { key: { env: 'STAGE_AUDIT_KEY' } };
  stage = await createStage({
    encrypted: true,
    settings: { audit },
    env: { STAGE_AUDIT_KEY: 'a'.repeat(32) },
  });
  const { health } = await stage.startWorker();
  ({ buildId } = (await (await fetch(`http://${health}/readyz`)).json()) as { readonly buildId: string });
  const keys = [
    { id: payloadKey.id, secret: { env: 'STAGE_PAYLOAD_KEY' } },
    { id: 'next', secret: { env: 'NEXT_KEY' } },
  ];
  const NEXT_KEY = Buffer.alloc(32).toString('base64');
  withNextKey = doctor({ ...settings({ encryption: { keys } }, 'next'), NEXT_KEY });
});
afterAll(() => stage.close());

interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly line: string;
  readonly cure?: string;
}

async function doctor(
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number | string; readonly faults: Finding[]; readonly findings: Finding[] }> {
  const { exitCode, stdout } = await runCommand(['doctor', '-o', 'json'], { env: { ...stage.env, ...env } });
  const findings = JSON.parse(stdout) as Finding[];
  return { exitCode, findings, faults: findings.filter(({ ok }) => !ok) };
}

/** The settings of the stage with others in them, in a file of their own. */
function settings(
  change: Readonly<Record<string, unknown>>,
  name = 'other',
): Readonly<Record<string, string>> {
  const file = stage.env['LONGHAUL_CONFIG'] ?? '';
  const other = `${file}.${name}`;
  writeFileSync(other, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
  return { LONGHAUL_CONFIG: other };
}

it('finds no fault where all is there, and names the build that the worker names itself', async () => {
  const { exitCode, faults, findings } = await doctor();
  expect([exitCode, faults]).toEqual([0, []]);
  expect(findings.map(({ subject }) => subject)).toEqual([
    'configuration',
    'encryption',
    'Temporal',
    'namespace',
    'attributes',
    'workflows',
    'clock',
    stage.connection,
    `${stage.connection} credential`,
    `${stage.connection} clock`,
    'audit',
  ]);
  expect(findings.find(({ subject }) => subject === 'workflows')?.line).toContain(`build ${buildId}`);
});

it('tells a namespace that is not there from a Temporal that does not answer, as config check does', async () => {
  const missing = {
    line: expect.stringContaining('has no namespace "none"'),
    cure: expect.stringContaining('create'),
  };
  const silent = {
    line: expect.stringContaining('does not answer'),
    cure: expect.stringContaining('TEMPORAL_ADDRESS'),
  };
  expect(await doctor({ TEMPORAL_NAMESPACE: 'none' })).toMatchObject({ exitCode: 9, faults: [missing] });
  expect(await doctor({ TEMPORAL_ADDRESS: '127.0.0.1:9' })).toMatchObject({ exitCode: 9, faults: [silent] });
  const checked = await runCommand(['config', 'check', '-o', 'json'], {
    env: { ...stage.env, TEMPORAL_NAMESPACE: 'none' },
  });
  expect(checked.exitCode).toBe(9);
  expect(JSON.parse(checked.stdout)).toContainEqual(
    expect.objectContaining({ subject: 'Temporal', ...missing }),
  );
});

it('names the key that payloads are encrypted with and that it does not have', async () => {
  const { exitCode, faults } = await doctor(settings({ encryption: {} }));
  expect([exitCode, faults]).toEqual([
    1,
    [
      expect.objectContaining({
        subject: 'workers',
        line: expect.stringContaining('which is not among encryption.keys'),
        cure: expect.stringContaining('encryption.keys'),
      }),
    ],
  ]);
});

it('says of a key that seals the audit log where it belongs, not that a worker lacks a credential', async () => {
  const { exitCode, faults } = await doctor({ STAGE_AUDIT_KEY: '' });
  expect([exitCode, faults]).toEqual([
    3,
    [
      expect.objectContaining({
        line: 'audit.key: the environment variable STAGE_AUDIT_KEY is not set',
        cure: expect.stringContaining('`audit.key` can be read'),
      }),
    ],
  ]);
});

it('names the runs that go on on a connection which nobody has any more', async () => {
  const other = await connectClient({
    temporal: { connectionOptions: { address: stage.temporalAddress }, namespace: stage.namespace },
    payloadKeys: [payloadKey],
  });
  const input = { connection: 'renamed', project: 'ada/iris', train: { command: 'true' } };
  const { runId } = await other.start('train-and-deploy', input, { key: 'left' });
  const left = {
    subject: 'renamed',
    line: `not configured, and without a worker; ${runId} waits for it`,
    cure: expect.stringContaining('longhaul run list --connection renamed'),
  };
  await eventually(async () => (await doctor()).faults.length > 0);
  expect(await doctor()).toMatchObject({ exitCode: 9, faults: [left] });
  await other.cancel(runId, { reason: 'seen' });
  await other.close();
});

it('shows each fault of the settings on a line of its own', async () => {
  const { exitCode, stdout } = await runCommand(['doctor'], {
    env: { ...stage.env, ...settings({ nosuch: 1, neither: 2 }) },
  });
  expect(exitCode).toBe(2);
  expect(stdout).toContain('neither');
  expect(stdout).not.toContain('\\n');
  expect(stdout.split('\n').length).toBeGreaterThan(2);
});

it('says of a key that encrypts nothing yet whether workers have it, before it does', async () => {
  const { exitCode, faults } = await withNextKey;
  expect(exitCode).toBe(1);
  expect(faults).toContainEqual(
    expect.objectContaining({
      subject: 'key next',
      line: expect.stringContaining('encrypted with the key "next", which is not among encryption.keys'),
      cure: expect.stringContaining('of each worker and server'),
    }),
  );
}, 90_000);
