/** What a document says of a step in a run: the kernel and a plan ask the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkDocument } from '../../../src/documents/pipeline/check.js';
import { EvaluationFailure, prepareDocument } from '../../../src/pipelines/document/evaluate.js';
import type { Scope } from '../../../src/pipelines/document/expressions.js';
import { itemsValue, reasonToSkip, stepValue } from '../../../src/pipelines/document/scope.js';
import type { Json } from '../../../src/run/steps.js';

function documentIn(text: string, platform = 'domino') {
  const checked = checkDocument(text, { file: 'x.yaml', platformOf: () => platform, methodsOf: () => null });
  if (!checked.ok)
    throw new Error(checked.faults.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return checked.document;
}

const example = (name: string) => documentIn(readFileSync(`examples/pipelines/${name}.yaml`, 'utf8'));

/** A document of these steps. */
const written = (steps: string, platform?: string) =>
  prepareDocument(
    documentIn(
      `longhaul: pipeline/v1\npipeline: x\nconnection: domino-dev\ninput: { properties: { any: {}, text: { type: string } }, required: [any, text] }\nsteps:\n${steps}`,
      platform,
    ),
  );

const ended = (output: Json): Json => stepValue({ state: 'succeeded', output });

const environment = { environmentId: 'e1', revisionId: 'r1', created: true, name: 'churn', image: null };
const job = (auc: number) => ({
  ...{ projectId: 'p1', jobId: `j${auc}`, number: 1, link: 'l', metrics: { auc }, duplicatesStopped: 0 },
  ...{ commitId: null, outputCommitId: 'c1', revisionId: 'r1', experimentRunId: 'f'.repeat(32) },
  ...{ startedAt: null, completedAt: null, logTail: [] },
});

it('says of a call whether a step before it may have made what it names, also under a name', () => {
  const call = (params: string, more = '') =>
    `{ uses: call, ${more} with: { endpoint: domino.registeredModels.get, params: { modelName: ${params} } } }`;
  const document = written(
    [
      `  alone: ${call('"${{ input.text }}"')}`,
      `  night: { uses: pause, with: { for: 1s } }`,
      `  waits: ${call('churn', 'needs: [night],')}`,
      `  pause: { uses: pause, needs: [alone], with: { for: 1s } }`,
      `  made: { uses: environment, with: { name: churn, base: { image: 'r/b:1' } } }`,
      `  later: ${call('churn', 'needs: [made],')}`,
      `  judged: { uses: gate, needs: [made], with: { metrics: { auc: 1 }, conditions: [auc > 0] } }`,
      `  named: ${call('churn', 'needs: [judged],')}`,
      `  called: ${call('churn', 'needs: [pause],')}`,
      `  read: ${call('"${{ steps.made.name }}"')}`,
      `  item: ${call('"${{ item }}"', "each: ['${{ steps.made.name }}'],")}`,
      `finally:`,
      `  within: 1m`,
      `  steps: { end: ${call('churn')} }`,
    ].join('\n'),
  );
  const scope = { input: { any: 1, text: 'churn' }, steps: { made: ended(environment) }, item: 'churn' };
  const isGiven = (name: string, isChild?: boolean) => 'given' in document.specOf(name, scope, isChild);
  const calls = ['alone', 'waits', 'later', 'named', 'called', 'read', 'item', 'end'];
  expect(calls.filter((name) => isGiven(name))).toEqual(['alone', 'waits']);
  expect(isGiven('alone', true)).toBe(false);
});

it('takes for given what the input alone names, and not the items that a step has handed over', () => {
  const environmentOf = (each: string) =>
    `  made: { uses: environment, each: ["${each}"], with: { project: p, name: n, base: "\${{ item }}" } }`;
  const givenIn = (each: string) =>
    written(
      `  first: { uses: environment, with: { project: p, name: f, base: b } }\n${environmentOf(each)}`,
      'ubiops',
    ).specOf('made', { input: { any: 1, text: 't' }, steps: {}, item: 'b' });
  expect(givenIn('${{ input.text }}')).toMatchObject({ given: ['project', 'base'] });
  expect(givenIn('${{ steps.first.environment }}')).toMatchObject({ given: ['project'] });
});

describe('the sweep', () => {
  const sweep = prepareDocument(example('sweep'));
  const input = { month: '2026-12', least: 0.7 };
  const before: Scope = {
    input,
    steps: { environment: ended(environment), build: ended({ revisionId: 'r1', image: null }) },
  };
  const trained = itemsValue('succeeded', [
    { state: 'succeeded', output: job(0.8), item: { depth: 4, rate: 0.1 }, tries: 1 },
    { state: 'failed', output: null, item: { depth: 4, rate: 0.3 }, tries: 2 },
    { state: 'succeeded', output: job(0.9), item: { depth: 6, rate: 0.1 }, tries: 1 },
  ]);

  it('trains once for each pair, the last name changing fastest', () => {
    expect(sweep.itemsOf('train', before)).toEqual([
      { depth: 4, rate: 0.1 },
      { depth: 4, rate: 0.3 },
      { depth: 6, rate: 0.1 },
      { depth: 6, rate: 0.3 },
      { depth: 8, rate: 0.1 },
      { depth: 8, rate: 0.3 },
    ]);
    expect(sweep.itemsOf('best', before)).toBeNull();
  });

  it('makes the spec of a job from its item, its input and the steps in front of it', () => {
    expect(sweep.specOf('train', { ...before, item: { depth: 6, rate: 0.3 }, index: 3 })).toEqual({
      project: 'ds/churn',
      command: 'python train.py --month 2026-12 --depth 6 --rate 0.3',
      environmentId: 'e1',
      revisionId: 'r1',
      within: '6h',
      logLines: 3,
      metrics: ['auc', 'mlflow_run_id'],
      isItem: true,
      needed: { key: 'domino-dev.model.churn', whenBusy: 'wait' },
    });
    expect(sweep.specOf('build', before)).toEqual({
      ...{ environmentId: 'e1', revisionId: 'r1', created: true, revisionStep: 'environment' },
    });
  });

  it('chooses from what has succeeded, in the order of the list', () => {
    expect(sweep.specOf('best', { ...before, steps: { train: trained } })).toEqual({
      candidates: [
        expect.objectContaining({ jobId: 'j0.8' }),
        null,
        expect.objectContaining({ jobId: 'j0.9' }),
      ],
      by: 'auc',
      highest: true,
    });
  });

  it('judges by a condition with a value of the input in it', () => {
    const steps = { best: ended({ ...job(0.9), index: 2, value: 0.9 }) };
    expect(sweep.specOf('gate', { input, steps })).toEqual({
      conditions: ['auc >= 0.7'],
      measured: { metrics: { auc: 0.9 } },
      baseline: null,
    });
  });

  it('deploys what was registered, and hands over what it came to; what did not run is left out', () => {
    const best = ended({ ...job(0.9), index: 2, value: 0.9 });
    const register = ended({ model: 'churn', version: 3, created: true });
    const steps = { environment: ended(environment), train: trained, best, register };
    expect(sweep.specOf('deploy', { input, steps })).toEqual({
      ...{ name: 'churn-api', project: 'ds/churn', projectId: 'p1', environmentId: 'e1', commitId: 'c1' },
      ...{ source: { model: 'churn', version: 3 }, given: [], serveWithin: undefined },
      needed: { key: 'domino-dev.model.churn', whenBusy: 'wait' },
    });
    expect(sweep.outputsOf({ input, steps })).toEqual({ model: 'churn', version: 3, auc: 0.9, trained: 2 });
    expect(sweep.outputsOf({ input, steps: { train: trained } })).toEqual({ trained: 2 });
  });
});

describe('a document with an approval', () => {
  const etl = prepareDocument(example('etl-train-deploy'));

  it('asks for it when its condition holds, and shows what would be deployed', () => {
    expect(etl.isAsked('approve', { input: { month: '2026-12' } })).toBe(true);
    expect(etl.isAsked('approve', { input: { month: '2026-11' } })).toBe(false);
    expect(etl.isAsked('deploy', {})).toBe(true);
    const steps = {
      environment: ended(environment),
      train: ended(job(0.9)),
      register: ended({ model: 'churn', version: 3, created: true }),
    };
    expect(etl.specOf('approve', { input: { month: '2026-12' }, steps })).toMatchObject({
      asked: { within: '2d', byStarter: true },
      lines: expect.arrayContaining([{ name: 'source', value: 'churn version 3' }]) as unknown,
      subject: {
        connection: 'domino-dev',
        project: 'ds/churn',
        deploys: { name: 'churn-api', environmentId: 'e1', source: { model: 'churn', version: 3 } },
        trained: { jobId: 'j0.9', revisionId: 'r1' },
      },
    });
    const approved = etl.specOf('approve', { steps }) as { subject: object };
    expect(etl.deployingOf('approve', { steps })?.subject).toEqual(approved.subject);
    expect(etl.deployingOf('train', { input: { month: '2026-12' }, steps })).toBeNull();
  });

  it('quotes each word of a command, whatever stands in it', () => {
    const { command } = written(
      `  a: { uses: job, with: { project: a/b, command: [echo, '\${{ input.text }}', 3] } }\n`,
    ).specOf('a', { input: { text: "it's; rm -rf /" } }) as { command: string };
    expect(command).toBe(String.raw`echo 'it'\''s; rm -rf /' 3`);
  });
});

describe('what cannot be evaluated', () => {
  const failureOf = (evaluate: () => unknown): string => {
    try {
      evaluate();
    } catch (error) {
      if (error instanceof EvaluationFailure) return `${error.code}: ${error.message}`;
      throw error;
    }
    throw new Error('it was evaluated');
  };

  it('says the expression and the values that it saw', () => {
    const one = written(
      `  a: { uses: job, if: '\${{ input.any > 3 }}', each: '\${{ input.any }}', with: { project: '\${{ input.any }}', command: go } }\n`,
    );
    expect(failureOf(() => one.isAsked('a', { input: { any: 'x' } }))).toBe(
      'EXPRESSION_FAILED: ${{ input.any > 3 }}: ">" cannot combine a text and a whole number; string(…), int(…) and double(…) convert; input.any is "x"',
    );
    expect(failureOf(() => one.itemsOf('a', { input: { any: 3 } }))).toBe(
      'EXPRESSION_FAILED: each of "a" must be a list; it came to 3',
    );
    expect(failureOf(() => one.itemsOf('a', { input: { any: Array(501).fill(1) as number[] } }))).toContain(
      'came to 501 items; at most 500',
    );
    expect(one.itemsOf('a', { input: { any: [] } })).toEqual([]);
    expect(one.itemsOf('a', { input: { any: Array(500).fill(1) as number[] } })).toHaveLength(500);
    expect(failureOf(() => one.itemsOf('a', { input: { any: 'y'.repeat(79) } }))).toMatch(/came to "y{78}…$/);
    expect(failureOf(() => one.itemsOf('a', { input: { any: 'y'.repeat(78) } }))).toMatch(/came to "y{78}"$/);
    expect(failureOf(() => one.specOf('a', { input: { any: '../x' } }))).toMatch(
      /^EXPRESSION_FAILED: with\.project of "a" must match .*; it came to "\.\.\/x"$/,
    );
    expect(failureOf(() => one.specOf('a', { input: { any: 3 } }))).toBe(
      'EXPRESSION_FAILED: with.project of "a" must be a text; it came to 3',
    );
  });

  it('is also a product of what is no list, or of too many items', () => {
    const product = written(
      `  a: { uses: pause, each: { x: '\${{ input.any }}', y: '\${{ input.any }}' }, with: { for: 1s } }\n`,
    );
    const itemsOf = (any: Json) => () => product.itemsOf('a', { input: { any } });
    expect(itemsOf([1, 2])()).toHaveLength(4);
    expect(failureOf(itemsOf(3))).toBe(
      'EXPRESSION_FAILED: each of "a" must be a list; it came to {"x":3,"y":3}',
    );
    for (const count of [23, 501, 1_001])
      expect(failureOf(itemsOf(Array<number>(count).fill(1)))).toContain('at most 500 are allowed');
  });

  it('is none where a job is told which metrics to keep: those that are known are named', () => {
    const of = written(
      `  a: { uses: job, with: { project: a/b, command: go } }
  g:
    uses: gate
    with:
      job: '\${{ steps.a }}'
      conditions: ['auc >= \${{ input.any.least }}', '\${{ input.text }}', '\${{ steps.a.number }} > 3']
  c: { uses: compare, with: { job: '\${{ steps.a }}', project: a/b, modelApi: m, metric: '\${{ input.any.by }}' } }\n`,
    );
    const metricsOf = (input: Json) => (of.specOf('a', { input }) as { metrics: string[] }).metrics;
    expect(metricsOf({ text: '"val f1" > 0.3', any: { by: 'loss' } })).toEqual(['auc', 'val f1', 'loss']);
    expect(metricsOf({ text: 'f1', any: { by: 7 } })).toEqual(['auc', 'f1']);
  });

  it('is also a condition of a gate that nobody can read: it would let every model pass', () => {
    const gate = written(
      `  g: { uses: gate, with: { metrics: { auc: 1 }, conditions: ['auc \${{ input.text }}'] } }\n`,
    );
    expect(failureOf(() => gate.specOf('g', { input: { text: '≥ 3' } }))).toBe(
      'EXPRESSION_FAILED: "auc ≥ 3" is no condition, such as "accuracy >= 0.9": at character 5: expected ">=", "<=", ">" or "<" (a name with spaces or signs in it stands in quotes: "val accuracy"), but found "≥ 3"',
    );
  });
});

describe('a step whose needs did not succeed', () => {
  const states = {
    ok: { state: 'succeeded' },
    no: { state: 'skipped', reason: 'its if was false' },
    bad: { state: 'failed' },
    released: { state: 'skipped', isReleased: true },
  } as const;
  const reason = (needs: readonly string[], heldBy: string | null): string | null =>
    reasonToSkip({ needs, heldBy }, (name) => states[name as keyof typeof states]);

  it('is skipped with the reason in words', () => {
    expect(reason(['ok'], 'ok')).toBeNull();
    expect(reason(['ok', 'no'], null)).toBe('needs no, which was skipped: its if was false');
    expect(reason(['bad'], null)).toBe('needs bad, which has failed');
  });

  it('goes on where what holds it back was released by its own condition, and else not', () => {
    expect(reason([], 'released')).toBeNull();
    expect(reason([], 'no')).toBe('is held back by no, which was skipped: its if was false');
  });
});

describe('what a history could not hold', () => {
  const text = 'x'.repeat(200_000);
  const scope: Scope = { input: { any: Array(400).fill('y'.repeat(1_000)), text } };
  const { specOf, itemsOf, outputsOf } = prepareDocument(
    documentIn(`longhaul: pipeline/v1
pipeline: x
connection: domino-dev
input: { properties: { any: { type: array }, text: { type: string } }, required: [any, text] }
steps:
  each: { uses: pause, each: '\${{ input.any }}', with: { for: 1s } }
  call: { uses: call, with: { endpoint: domino.datasets.create, body: { name: '\${{ input.text }}', projectId: '\${{ input.text }}' } } }
outputs: { first: '\${{ input.text }}', second: '\${{ input.text }}', third: '\${{ input.any.size() }}' }
`),
  );

  it('parks the step that comes to it, and is not handed over', () => {
    const large = 'came to more than 256 KiB; large things belong on the platform, and steps name them';
    expect(() => itemsOf('each', scope)).toThrow(new EvaluationFailure(`each of "each" ${large}`));
    expect(() => specOf('call', scope)).toThrow(new EvaluationFailure(`with of "call" ${large}`));
    expect(outputsOf(scope)).toEqual({ first: text, third: 400 });
  });
});
