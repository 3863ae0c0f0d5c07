/** Determinism: runs that wait under an older version must be continued by this one. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });

const workflowBundle = { codePath: new URL('../../dist/workflow-bundle.js', import.meta.url).pathname };
const folder = new URL('histories/', import.meta.url).pathname;
const histories = readdirSync(folder).flatMap((version) =>
  readdirSync(`${folder}${version}`).map(
    (file) => [version, file, readFileSync(`${folder}${version}/${file}`, 'utf8')] as const,
  ),
);

/** The workflow’s id, of which the ids of its deliveries are made. */
const idIn = (json: string): string => /"workflowId":"([^"]+)"/.exec(json)?.[1] ?? '';

describe('recorded runs', () => {
  it('cover success, failure, parking and cancellation', () => {
    const outcomes = new Set(histories.map(([, file]) => file.split('.')[1]));
    expect([...outcomes]).toEqual(expect.arrayContaining(['succeeded', 'failed', 'parked', 'cancelled']));
  });

  it.each(histories)('of %s: %s is replayed by the present code', async (_version, _file, json) => {
    await Worker.runReplayHistory({ workflowBundle }, JSON.parse(json), idIn(json));
  });

  it('are not replayed by code that does another thing', async () => {
    const [, , json = ''] = histories.find(([, file]) => file.includes('.succeeded.')) ?? [];
    const changed = JSON.parse(json.replaceAll('"awaitBuild"', '"awaitOther"')) as unknown;
    await expect(Worker.runReplayHistory({ workflowBundle }, changed)).rejects.toThrow(
      /TMPRL1100|Nondeterminism/i,
    );
  });
});
