/** Determinism: runs that wait under an older version must be continued by this one. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { pipelines } from '../../src/pipelines/built-in.js';
import { outcomes } from '../../src/run/retraining/retraining.js';
import { checkHistories, silenceRuntime } from '../../src/worker/check-histories.js';

silenceRuntime();

const codePath = new URL('../../dist/workflow-bundle.js', import.meta.url).pathname;
const workflowBundle = { codePath };
const bundle = readFileSync(codePath, 'utf8');
const folder = new URL('histories/', import.meta.url).pathname;
const histories = readdirSync(folder).flatMap((version) =>
  readdirSync(`${folder}${version}`).map(
    (file) => [version, file, readFileSync(`${folder}${version}/${file}`, 'utf8')] as const,
  ),
);

/** How a run of any pipeline may stand or end, as far as its workflow sees it. */
const ends = ['succeeded', 'failed', 'parked', 'cancelled'];

/** What a run has announced of itself. */
const announced = (json: string): Set<string> =>
  new Set(
    historyFromJSON(JSON.parse(json)).events?.flatMap((event) => {
      const fields =
        event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields ?? {};
      return ['LonghaulStatus', 'LonghaulOutcome'].flatMap((name) => {
        const field = fields[name];
        return field ? [String(defaultPayloadConverter.fromPayload(field))] : [];
      });
    }),
  );

/** Changes that no run under way survives: what each does, where it shows first, and how it is made. */
const edits = [
  ['leaves a step out', 'gate', 'if: (input) => input.gate !== undefined,', 'if: () => false,'],
  ['calls another activity', 'build', 'step.effects.awaitBuild({', 'step.effects.awaitJob({'],
  [
    'does one thing more in a step',
    'train',
    'started).then((begun) => {',
    'started).then(async (begun) => { await effects.getServingVersion({});',
  ],
  [
    'waits for a time between steps',
    'train',
    'perform(step).then(',
    "(step === 'train' ? new Promise((resolve) => setTimeout(resolve, 1000)) : Promise.resolve()).then(() => perform(step)).then(",
  ],
  [
    'announces no end',
    'deploy',
    "const ended = view.enter('succeeded', { result, ...(cleanup && { cleanup }) });",
    'const ended = view.run();',
  ],
  [
    'starts a step before what it needs has ended',
    'build',
    '[...needs, ...reads].every((other) =>',
    "[...needs, ...reads].every((other) => other === 'build' ||",
  ],
  [
    'throws where it did not',
    undefined,
    'const building = step.effects.awaitBuild',
    "throw new TypeError('no'); const building = step.effects.awaitBuild",
  ],
] as const;

const scratch = mkdtempSync(join(tmpdir(), 'longhaul-replay-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function* named() {
  for (const [version, file, json] of histories)
    yield { name: `${version}/${file}`, workflowId: idIn(json), history: historyFromJSON(JSON.parse(json)) };
}

/** The workflow’s id, of which the ids of its deliveries are made. */
const idIn = (json: string): string => /"workflowId":"([^"]+)"/.exec(json)?.[1] ?? '';

describe('recorded runs', () => {
  it('cover every end of every pipeline, and every outcome of a retraining', () => {
    const recorded = histories.map(([, file, json]) => ({ file, said: announced(json) }));
    const missing = Object.keys(pipelines).flatMap((pipeline) =>
      [...ends, ...(pipeline === 'retrain' ? outcomes : [])].filter(
        (end) => !recorded.some(({ file, said }) => file.startsWith(`${pipeline}.`) && said.has(end)),
      ),
    );
    expect(missing).toEqual([]);
  });

  it.each(histories)('of %s: %s is replayed by the present code', async (_version, _file, json) => {
    await Worker.runReplayHistory({ workflowBundle }, JSON.parse(json), idIn(json));
  });

  it.each(edits)('are not replayed by code that %s', async (_what, step, from, to) => {
    const changed = bundle.replace(from, to);
    expect(changed).not.toBe(bundle);
    const file = join(scratch, 'bundle.js');
    writeFileSync(file, changed);
    const diverging: unknown[] = [];
    for await (const { divergence } of checkHistories(named(), { bundle: file }))
      if (divergence !== null) diverging.push(divergence.step);
    expect(diverging).toContain(step);
  });
});
