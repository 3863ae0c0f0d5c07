/** Pipeline documents with faults: each is told with its place and with what is allowed. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { check, each, faultsOf, steps, train } from './faults-of.js';

/** The document that a text is. */
function documentOf(text: string) {
  const checked = check(text);
  if (!checked.ok) throw new Error(checked.faults.map(({ message }) => message).join('\n'));
  return checked.document;
}

describe('a pipeline document', () => {
  it.each(readdirSync('examples/pipelines'))('may be run as it stands in examples/pipelines: %s', (name) => {
    expect(faultsOf(readFileSync(`examples/pipelines/${name}`, 'utf8'))).toEqual([]);
  });

  it('becomes plain JSON that says who waits for whom', () => {
    const document = documentOf(
      steps(`${train}${each}  gate: { uses: gate, if: '\${{ steps.sweep.state == "succeeded" }}', with: { job: '\${{ steps.train }}', conditions: [auc > 0.9] } }
  best: { uses: choose, needs: train, with: { from: '\${{ steps.sweep }}', by: '"val auc"' } }
`),
    );
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    const { gate, best, sweep } = document.steps;
    expect(gate).toMatchObject({
      kind: 'gate',
      needs: ['train'],
      awaits: ['sweep'],
      heldBy: null,
      takes: { job: 'train' },
    });
    expect(best).toMatchObject({ needs: ['train', 'sweep'], awaits: [], heldBy: 'gate' });
    expect(sweep).toMatchObject({
      kind: 'domino.job',
      connection: 'domino-dev',
      each: [1, 2],
      onFailure: 'stop',
    });
    expect(document.metrics).toEqual(['auc', 'val auc']);
    expect(Object.keys(document.fits)).toEqual(['gate', 'choose']);
  });

  it('starts a step whose value may be missing, however what it reads ends, and needs what has() looks into', () => {
    const { optional, asked } = documentOf(
      steps(`${train}  optional: { uses: job, with: { project: a/b, command: 'go \${{ steps.train.metrics.?f1.orValue(0.0) }}' } }
  asked: { uses: job, if: '\${{ has(steps.train.metrics.f1) }}', with: { project: a/b, command: go } }\n`),
    ).steps;
    expect(optional).toMatchObject({ needs: [], awaits: ['train'] });
    expect(asked).toMatchObject({ needs: ['train'], awaits: [] });
  });

  it('has an approval wait for what its deployment is made from, and knows which one that is', () => {
    const { approve } = documentOf(readFileSync('examples/pipelines/etl-train-deploy.yaml', 'utf8')).steps;
    expect(approve).toMatchObject({ approves: 'deploy', needs: ['train', 'environment', 'register'] });
  });
});

describe('a fault in a pipeline document', () => {
  it.each<[string, string, string[]]>([
    [
      'unknown kind',
      steps('  a: { uses: jbo }\n'),
      ['8:14 there is no kind of step "jbo"; did you mean "job"?'],
    ],
    [
      'unknown keys, ours and those of others',
      steps(
        `  a: { uses: job, timeout: 3h, atonce: 2, with: { project: a/b, command: go, hardwareTire: x } }\n`,
      ),
      [
        '8:19 steps.a: there is no key "timeout"; use `within`',
        '8:32 steps.a: there is no key "atonce"; did you mean "atOnce"?',
        '8:78 steps.a.with: there is no key "hardwareTire"; did you mean "hardwareTier"?',
      ],
    ],
    [
      'a cycle',
      steps(`  a: { uses: job, needs: b, with: { project: a/b, command: go } }
  b: { uses: job, needs: [a], with: { project: a/b, command: go } }\n`),
      ['8:26 a cycle: a → b → a; one of them must not wait'],
    ],
    [
      'itself',
      steps(`  a: { uses: job, needs: a, with: { project: a/b, command: go } }\n`),
      ['8:26 "a" cannot wait for itself'],
    ],
    [
      'a later step',
      steps(`  a: { uses: job, with: { project: a/b, command: 'go \${{ steps.train.number }}' } }\n${train}`),
      ['8:58 "train" stands below; a step reads steps above it alone: move "train" up'],
    ],
    [
      'absent steps',
      steps(
        `${train}  a: { uses: job, needs: [trian], if: '\${{ steps.tran.state == "failed" }}', with: { project: a/b, command: go } }\n`,
      ),
      [
        '9:27 there is no step "trian"; did you mean "train"?',
        '9:44 there is no step "tran"; did you mean "train"?',
      ],
    ],
    [
      'wrong types of a spec',
      steps(`  a: { uses: job, with: { project: ab, command: [], logLines: many } }
  b: { uses: job, with: { project: 3 } }\n`),
      [
        '8:36 steps.a.with.project must be "owner/name"',
        '8:49 steps.a.with.command must have at least 1 items',
        '8:63 steps.a.with.logLines must be a number',
        '9:19 steps.b.with.command must be a text, or a list of words',
        '9:36 steps.b.with.project must be a text: put it in quotes',
      ],
    ],
    [
      'an expression of another type',
      steps(
        `  a: { uses: job, with: { project: a/b, command: go, logLines: '\${{ input.month }}', title: '\${{ input.n }}' } }\n`,
      ),
      [
        '8:69 logLines must be a whole number; the expression is a text',
        '8:98 title must be a text; the expression is a number',
      ],
    ],
    [
      'expressions that do not parse',
      steps(
        `  a: { uses: job, if: '\${{ input.n + }}', with: { project: a/b, command: 'go \${{ input.n' } }\n`,
      ),
      [
        '8:37 the expression does not parse: unexpected token: EOF',
        '8:78 the expression that begins here is not closed: `}}` is missing',
      ],
    ],
    [
      'expressions that name nothing',
      steps(
        `${train}  a: { uses: job, if: '\${{ inputs.n > matrix.x }}', with: { project: a/b, command: 'go \${{ input.mnth }} \${{ steps.train.jobid }} \${{ item }}' } }\n`,
      ),
      [
        '9:28 there is no "inputs" here; use `input`',
        '9:39 there is no "matrix" here; use `item`',
        '9:98 there is no "mnth" in input; did you mean "month"?',
        '9:122 there is no "jobid" in steps.train; did you mean "jobId"?',
        '9:135 there is no "item" here; a step with `each` has one',
      ],
    ],
    [
      'each over what is no list',
      steps(`  a: { uses: job, each: 3, with: { project: a/b, command: go } }
  b: { uses: job, each: '\${{ input.month }}', with: { project: a/b, command: go } }
  c: { uses: job, each: 'x', with: { project: a/b, command: go } }
  d: { uses: job, each: [], with: { project: a/b, command: go } }
  e: { uses: job, each: { x: 1 }, with: { project: a/b, command: go } }\n`),
      [
        '8:25 each must be a list, an expression that comes to one, or lists by name, whose product it is',
        '9:30 each must be a list; the expression is a text',
        '10:25 each must be a list: this is a text; let one expression, ${{ … }}, be all there is',
        '11:25 each has no items: the step would do nothing',
        '12:30 each: x must be a list, or an expression that comes to one',
      ],
    ],
    ['a name twice', steps(`${train}${train}`), ['9:3 the same key is there twice']],
    [
      'a name twice, once under finally',
      steps(`${train}finally: { steps: { train: { uses: job, with: { project: a/b, command: go } } } }\n`),
      ['9:21 "train" is the name of a step above; each needs one of its own'],
    ],
    [
      'two platforms in one step',
      steps(`  a: { uses: ubiops.job, connection: domino-dev, with: { project: a/b, command: go } }\n`),
      [
        '8:14 a step is on one platform: "ubiops.job" is of ubiops, and the connection domino-dev is of domino',
      ],
    ],
    [
      'a kind of one platform on a connection of another',
      steps(`  a: { uses: domino.job, connection: serve, with: { project: a/b, command: go } }\n`),
      ['8:14 a step is on one platform: "domino.job" is of domino, and the connection serve is of ubiops'],
    ],
    [
      'an output of another connection',
      steps(
        `${train}  a: { uses: register, connection: domino-prod, with: { model: m, job: '\${{ steps.train }}' } }\n`,
      ),
      [
        '9:72 job is of "train", which is on domino-dev, and this step is on domino-prod: ids of one platform mean nothing to another',
      ],
    ],
    [
      'a connection that is not configured',
      steps('  a: { uses: job, connection: domino-dve, with: { project: a/b, command: go } }\n'),
      ['8:31 there is no connection "domino-dve"; did you mean "domino-dev"?'],
    ],
    [
      'the name of a pipeline that Longhaul brings along',
      steps(train).replace('pipeline: x', 'pipeline: retrain'),
      ['2:11 "retrain" is a pipeline that Longhaul brings along: use another name'],
    ],
    [
      'the name with which ids of other workflows begin',
      steps(train).replace('pipeline: x', 'pipeline: plan'),
      ['2:11 "plan" is taken: ids of Longhaul’s own workflows begin with it'],
    ],
    [
      'names that expressions cannot have',
      steps(
        '  train-model: { uses: job, with: { project: a/b, command: go } }\n  in: { uses: job, with: { project: a/b, command: go } }\n',
      ),
      [
        '8:3 "train-model" cannot be the name of a step: use letters, digits and "_", and begin with a small letter, for expressions read "-" as minus',
        '9:3 "in" cannot be the name of a step: expressions have a meaning of their own for it',
      ],
    ],
    [
      'an output of the wrong kind',
      steps(`${train}  a: { uses: build, with: { environment: '\${{ steps.train }}' } }
  b: { uses: build, with: { environment: abc } }\n`),
      [
        '9:47 environment must be the output of a step of kind environment: ${{ steps.NAME }}; this is the output of train (job)',
        '10:42 steps.b.with.environment must be the output of a step of kind environment: ${{ steps.NAME }}',
      ],
    ],
    [
      'a field of a step that runs once for each item',
      steps(`${each}  a: { uses: job, with: { project: a/b, command: 'go \${{ steps.sweep.number }}' } }\n`),
      [
        '9:70 there is no "number" in steps.sweep; the step runs once for each item: write steps.sweep.items[0].number, or steps.sweep.items.map(i, i.number)',
      ],
    ],
    [
      'conditions that are none',
      steps(`  a: { uses: job, if: '\${{ input.n }} == 3', with: { project: a/b, command: go } }
  b: { uses: job, if: '\${{ input.n }}', with: { project: a/b, command: go } }
  c: { uses: job, if: '\${{ always() }}', with: { project: a/b, command: go } }
  d: { uses: job, if: true, with: { project: a/b, command: go } }\n`),
      [
        '8:23 if must be one expression and nothing else: ${{ … }}',
        '9:28 if must be true or false; the expression is a number: compare it with something',
        '10:28 there is no always(); put the step under `finally`',
        '11:23 steps.d.if must be one expression that is true or false: ${{ … }}',
      ],
    ],
    [
      'a free text in a command',
      steps(`  a: { uses: job, with: { project: a/b, command: 'go \${{ input.free }} \${{ input.month }} \${{ input.n }}' } }
  b: { uses: job, with: { project: a/b, command: [go, '\${{ input.free }}'] } }\n`),
      [
        '8:58 a shell reads command, and this text may hold anything: write it as a list of words, [program, "${{ … }}"], or close it in the schema of the input by `enum`, `format: date` or a `pattern: ^…$` without white space and signs that a shell reads',
      ],
    ],
    [
      'an approval of what is registered nowhere',
      steps(`${train}  ask: { uses: approve }
  live: { uses: deploy, with: { modelApi: m, project: a/b, environment: e, job: '\${{ steps.train }}', source: { file: m.py, function: go } } }\n`),
      [
        '10:25 "ask" approves a registered version: give `from`, the step that registers it, in the place of `source`',
      ],
    ],
    [
      'what the input may not have',
      steps(`  a: { uses: job, if: '\${{ input.maybe > 1 }}', with: { project: a/b, command: go } }
  b: { uses: job, if: '\${{ input.?maybe.orValue(0.0) > 1 }}', with: { project: a/b, command: go } }\n`),
      [
        '8:28 "maybe" may be left out of the input: give it a default, require it, or read it as input.?maybe.orValue(…)',
      ],
    ],
    [
      'wrappers of others',
      steps(`  a: { uses: job, with: { project: a/b, command: 'go {{ inputs.x }}' } }\n`),
      ['8:54 expressions are written as ${{ … }}, with a dollar and two braces'],
    ],
    [
      'keys that do nothing',
      steps(`  a: { uses: job, atOnce: 3, with: { project: a/b, command: go } }
  b: { uses: environment, tries: 3, with: { id: abc } }\n`),
      [
        '8:19 atOnce is of use with `each` alone',
        '9:27 tries: a environment is never made again after it has failed',
      ],
    ],
    [
      'an approval of nothing',
      steps(`${train}  ok: { uses: approve }\n`),
      [
        '9:15 an approval is for what goes live below it, and no step of kind `deploy` or `deployment` is below it: move "ok" above the one that it is for',
      ],
    ],
    [
      'an output that may be missing at the end',
      steps(
        `${train}finally: { steps: { a: { uses: job, with: { project: a/b, command: 'x \${{ steps.train.number }}' } } } }\n`,
      ),
      [
        '9:75 steps.train.number may be missing when the run ends early: test steps.train.state under `if`, or read it as steps.?train.?number.orValue(…)',
      ],
    ],
    [
      'a step directly under finally',
      steps(`${train}finally: { wihin: 1m, report: { uses: job, with: { project: a/b, command: go } } }\n`),
      [
        '9:1 finally.steps is missing: must be an object',
        '9:12 finally: there is no key "wihin"; did you mean "within"?',
        '9:23 finally: there is no key "report"; its steps stand under `steps`',
      ],
    ],
    [
      'a schema of the input that is none',
      `longhaul: pipeline/v1\npipeline: x\ninput: { properties: { a: { type: text }, b: { type: number, default: x }, c: { type: string, pattern: '(' } }, required: [d] }\nsteps: { e: { uses: end, with: { outcome: done, conclusion: It is. } } }\n`,
      [
        '3:35 input.properties.a.type must be string, number, integer, boolean, array, object or null, or a list of these',
        '3:71 the default must be a number',
        '3:104 "(" is no regular expression',
        '3:124 "d" is required, and is none of the properties; the properties are a, b, c',
      ],
    ],
    [
      'no document',
      'steps: [',
      ['1:9 Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['what is not a map', '- a\n', ['1:1 the document must be an object']],
  ])('%s', (_, text, said) => {
    expect(faultsOf(text)).toEqual(said);
  });

  it('is also that there are 201 steps, or 501 items', () => {
    const all = Array.from(
      { length: 201 },
      (_, n) => `  s${n}: { uses: job, with: { project: a/b, command: go } }\n`,
    );
    expect(faultsOf(steps(all.join('')))).toEqual(['7:1 there are 201 steps; at most 200 are allowed']);
    expect(faultsOf(steps(all.slice(1).join('')))).toEqual([]);
    const ten = JSON.stringify(Array.from({ length: 26 }, (_, n) => n));
    const many = `  a: { uses: job, each: { x: ${ten}, y: ${ten} }, with: { project: a/b, command: go } }\n`;
    expect(faultsOf(steps(many))).toEqual(['8:25 each has 676 items; at most 500 are allowed']);
  });

  it('has its place also in a text that is written in a block', () => {
    const text = steps(
      `  a:\n    uses: job\n    with:\n      project: a/b\n      command: |\n        one\n        two \${{ input.mont }}\n`,
    );
    expect(faultsOf(text)).toEqual(['14:23 there is no "mont" in input; did you mean "month"?']);
  });

  it('never stops a check, whatever a key or a value is', () => {
    const values = ['3', 'null', '[]', '{}', "'${{ input.n }}'", 'true', '[[1]]', '{ a: { b: c } }'];
    for (const key of [
      'uses',
      'with',
      'each',
      'if',
      'needs',
      'tries',
      'within',
      'connection',
      'atOnce',
      'onFailure',
    ])
      for (const value of values)
        expect(() =>
          faultsOf(
            steps(
              `${train}  a: { uses: job, ${key === 'uses' ? '' : `${key}: ${value}, `}description: x }\n`,
            ),
          ),
        ).not.toThrow();
    for (const key of [
      'input',
      'steps',
      'outputs',
      'finally',
      'pipeline',
      'longhaul',
      'connection',
      'within',
    ])
      for (const value of values) expect(() => faultsOf(`${key}: ${value}\n`)).not.toThrow();
  });
});
