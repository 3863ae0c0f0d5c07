import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LonghaulError } from '../../src/run/failures/errors.js';
import { documentOf } from '../support/documents.js';
import {
  checkConnection,
  checkInput,
  checkKey,
  checkPipeline,
  checkProbes,
  checkStart,
  digestOf,
} from '../../src/client/door.js';

const input = {
  connection: 'domino-dev',
  project: 'ada/iris',
  environment: { id: '66f0a1b2c3d4e5f601234567' },
  train: { command: 'node train.js' },
};

describe('checkInput', () => {
  it('fills in the defaults', () => {
    expect(checkInput('train-and-deploy', input)).toEqual({
      ...input,
      train: { command: 'node train.js', logLines: 20 },
      whenBusy: 'wait',
      cleanup: false,
    });
  });

  it.each<[string, object, string]>([
    ['a missing part', { train: undefined }, 'train: '],
    ['an unknown field', { trian: {} }, 'the input: Unrecognized key: "trian"'],
    ['a project without an owner', { project: 'iris' }, 'project: must be "owner/name"'],
    ['an empty command', { train: { command: ' ' } }, 'train.command: '],
    [
      'a condition that is none',
      { gate: { conditions: ['accuracy is good'] } },
      'gate.conditions.0: must read like',
    ],
    [
      'a traversal in an id',
      { environment: { id: '../../v4/users' } },
      'environment.id: must be an id of the platform',
    ],
    [
      'two bases',
      { environment: { name: 'e', base: { image: 'a', environmentId: 'b' } } },
      'environment.base: Unrecognized key',
    ],
    [
      'a revision without an environment',
      { environment: undefined, revision: { dockerfile: 'RUN true' } },
      'revision: needs `environment`',
    ],
    [
      'a live baseline without a deployment',
      { gate: { conditions: ['a > baseline'], baseline: 'live' } },
      'gate.baseline: "live" needs `deploy`',
    ],
    ['a condition on no baseline', { gate: { conditions: ['a > baseline'] } }, 'gate.baseline: is missing'],
    [
      'a baseline without the metric',
      { gate: { conditions: ['a > baseline'], baseline: { b: 1 } } },
      'gate.baseline: lacks a, which a condition compares with it',
    ],
    ['a deployment of nothing', { deploy: { modelApi: 'm' } }, 'deploy.source: is missing'],
  ])('refuses %s and names the field', (_, change, message) => {
    expect(() => checkInput('train-and-deploy', { ...input, ...change })).toThrow(message);
  });
});

describe('checkInput, of what would not fit elsewhere', () => {
  const retrain = { ...input, register: { model: 'iris' }, deploy: { modelApi: 'iris' } };

  it.each(['..', '.', ' .. ', 'a/b', '../iris', 'a\\b', 'a\nb', 'a\u0000b', '\ud800', '\u2028', ''])(
    'refuses a model named %j, which would stand in an address',
    (model) => {
      expect(() => checkInput('train-and-deploy', { ...input, register: { model } })).toThrow(
        'register.model: ',
      );
    },
  );

  it.each(['../iris', 'ada/..', './.', 'ada/ir\u0000is', 'ada\\x/iris', 'ada/iris/x'])(
    'refuses the project %j',
    (project) => {
      expect(() => checkInput('train-and-deploy', { ...input, project })).toThrow(
        'project: must be "owner/name"',
      );
    },
  );

  it.each(['../x', 'data/../../x', 'data//x', 'data/./x', 'a\nb'])('refuses new data in %j', (files) => {
    const when = { any: [{ all: [{ newData: { files } }] }] };
    expect(() => checkInput('retrain', { ...retrain, when })).toThrow(
      'when.any.0.all.0.newData.files: must be a path within the project',
    );
  });

  it.each(['.', '/', './data/', 'data/2026 11/rows.csv', '..rows.csv'])('takes new data in %j', (files) => {
    expect(() =>
      checkInput('retrain', { ...retrain, when: { all: [{ newData: { files } }] } }),
    ).not.toThrow();
  });

  it.each([
    ['300 KiB', { probe: 'p', sample: 'x'.repeat(300 * 1024) }],
    ['a list of 100,000', { probe: 'p', sample: Array.from({ length: 100_000 }, () => 'xx') }],
  ])('refuses an input of %s, and says how large it may be', (_, watch) => {
    expect(() => checkInput('retrain', { ...retrain, watch })).toThrow(
      'the input of retrain is larger than 256 KiB',
    );
  });

  it('refuses what is small in memory but would be large as JSON, or never end', () => {
    const bomb = Array.from({ length: 12 }).reduce<unknown>(
      (inner) => Array.from({ length: 10 }, () => inner),
      'x',
    );
    const endless: unknown[] = [];
    endless.push(endless);
    for (const sample of [bomb, endless])
      expect(() => checkInput('retrain', { ...retrain, watch: { sample } })).toThrow(
        expect.objectContaining({ code: 'INPUT_INVALID' }),
      );
  });

  it.each([
    ['approval.within', { approval: { within: '367d' } }],
    ['approval.within', { approval: { within: '99999999d' } }],
    ['watch.for', { watch: { for: '9000h' } }],
    ['when.all.0.notMoreOftenThan', { when: { all: [{ notMoreOftenThan: '99999999d' }] } }],
  ])('refuses as %s what is longer than a year: %j', (field, change) => {
    expect(() => checkInput('retrain', { ...retrain, ...change })).toThrow(`${field}: must be 366d or less`);
  });

  it('takes a year', () => {
    expect(() => checkInput('retrain', { ...retrain, approval: { within: '366d' } })).not.toThrow();
  });

  it.each([
    ['3d', true],
    ['30d', true],
    ['1h30m', true],
    ['31d', false],
    ['0s', false],
    ['soon', false],
  ])('takes a training within %s: %s', (within, fits) => {
    const check = () => checkInput('train-and-deploy', { ...input, train: { command: 'x', within } });
    if (fits) expect(check().train.within).toBe(within);
    else expect(check).toThrow('train.within: ');
  });
});

describe('checkPipeline', () => {
  it('names the pipelines there are', () => {
    expect(() => checkPipeline('train')).toThrow(
      'there is no pipeline "train"; the pipelines are train-and-deploy',
    );
    expect(() => checkPipeline('constructor')).toThrow('there is no pipeline "constructor"');
  });
});

describe('checkStart of a document', () => {
  const document = documentOf(
    'domino-dev',
    `  train: { uses: job, with: { project: a/b, command: "python train.py \${{ input.month }}" } }
  serve: { uses: job, connection: domino-prod, with: { project: a/b, command: python serve.py } }`,
    {
      more: "input: { properties: { month: { type: string, pattern: '^[0-9][0-9-]*$' }, runs: { type: number, default: 2 } }, required: [month], additionalProperties: false }",
    },
  );
  const start = (given: unknown, known = {}) => checkStart(document, given, known);

  it('fills in the defaults of its schema, and says where it acts most', () => {
    expect(start({ month: '2026-12' })).toEqual({
      ...{ name: 'mine', connection: 'domino-dev', document },
      connections: ['domino-dev', 'domino-prod'],
      checked: { month: '2026-12', runs: 2 },
    });
  });

  it('finds one that is configured by its name', () => {
    const known = { documents: { mine: document } };
    expect(checkStart('mine', { month: '2026-12' }, known)).toMatchObject({ name: 'mine', document });
    expect(() => checkStart('other', {}, known)).toThrow(
      'there is no pipeline "other"; the pipelines are train-and-deploy, retrain, build-environment, mine',
    );
    expect(() => checkStart('constructor', {}, known)).toThrow('there is no pipeline "constructor"');
  });

  it('is refused with its faults where it is configured and has some, and stands in the way of no other', () => {
    const known = {
      documents: { mine: document },
      faulty: [
        { pipeline: 'torn', faults: ['torn.yaml:4:25: is wrong'] },
        { pipeline: 'retrain', faults: ['retrain.yaml:2:11: is taken'] },
        { pipeline: null, faults: ['x.yaml:1:1: is no YAML'] },
      ],
    };
    expect(() => checkStart('torn', {}, known)).toThrow(
      'the document of the pipeline "torn" has faults:\n  torn.yaml:4:25: is wrong',
    );
    expect(checkStart('mine', { month: '2026-12' }, known)).toMatchObject({ name: 'mine' });
    expect(() => checkStart('retrain', {}, known)).toThrow('the input of retrain is invalid');
    expect(() => checkStart('x', {}, known)).toThrow(
      /there is no pipeline "x"; the pipelines are .*, mine\. What the configuration also names:\n {2}x\.yaml:1:1: is no YAML$/,
    );
  });

  it('names every field that does not fit', () => {
    expect(refusalOf(() => start({ month: 'May', other: 1 }))).toEqual([
      { pointer: '/month', detail: 'must match ^[0-9][0-9-]*$' },
      { pointer: '/other', detail: 'is not known; allowed are month, runs' },
    ]);
    expect(() => start(undefined)).toThrow('the input of mine is invalid');
  });

  it('refuses a number that JSON does not have, wherever it stands, which would become null', () => {
    const free = documentOf(
      'domino-dev',
      '  train: { uses: job, with: { project: a/b, command: python train.py } }',
      { more: 'input: { properties: { any: {} } }' },
    );
    const given = { any: { list: [1, Infinity] } };
    expect(refusalOf(() => checkStart(free, given))).toEqual([
      { pointer: '/any/list/1', detail: 'is too large a number, or none' },
    ]);
  });

  it('asks for every connection that a step of it names', () => {
    const admitted: unknown[] = [];
    start({ month: '2026-12' }, { admit: (scope: unknown) => admitted.push(scope) });
    expect(admitted).toEqual([
      { pipeline: 'mine' },
      { pipeline: 'mine', connection: 'domino-dev' },
      { pipeline: 'mine', connection: 'domino-prod' },
    ]);
    expect(() => start({ month: '2026-12' }, { connections: ['domino-dev'] })).toThrow(
      'there is no connection "domino-prod"; configured are domino-dev',
    );
  });
});

describe('checkKey', () => {
  it('lets through what can stand in a URL and a workflow id', () => {
    expect(checkKey('nightly-2026-11-21T03:00')).toBe('nightly-2026-11-21T03:00');
  });

  it.each(['', '../x', 'a b', 'a/b', '-a', 'x'.repeat(129), 'a\nb'])('refuses %j', (key) => {
    expect(() => checkKey(key)).toThrow('is not usable');
  });
});

describe('checkConnection', () => {
  it('names the connections there are', () => {
    expect(() => checkConnection('prod', ['dev', 'stage'])).toThrow(
      'there is no connection "prod"; configured are dev, stage',
    );
    expect(() => checkConnection('prod', [])).toThrow('none is configured');
  });
});

describe('checkProbes', () => {
  const retrain = checkInput('retrain', {
    ...input,
    when: {
      all: [{ any: [{ metric: 'psi > 0.2', from: { probe: 'drift' } }, { always: true }] }],
      any: [{ metric: 'psi > 0.2', from: { probe: 'dirft' } }],
    },
    register: { model: 'iris' },
    deploy: { modelApi: 'iris' },
    watch: { probe: 'dirft', sample: { probe: 'a word of the sample' } },
  });

  it('names each place of a probe that is not configured, and the probes there are', () => {
    expect(() => checkProbes(retrain, ['drift', 'dirft'])).not.toThrow();
    const detail = 'there is no probe "dirft"; configured are drift, health';
    expect(refusalOf(() => checkProbes(retrain, ['drift', 'health']))).toEqual([
      { pointer: '/when/any/0/from/probe', detail },
      { pointer: '/watch/probe', detail },
    ]);
    expect(refusalOf(() => checkProbes(retrain, []))).toContainEqual({
      pointer: '/when/all/0/any/0/from/probe',
      detail: 'there is no probe "drift"; none is configured',
    });
  });
});

function refusalOf(check: () => void): unknown {
  try {
    check();
    return null;
  } catch (error) {
    return error instanceof LonghaulError && error.code === 'INPUT_INVALID' ? error.fields : error;
  }
}

describe('digestOf', () => {
  it('is the same whatever the order of the keys, and another for another value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(digestOf(reversed)).toBe(digestOf(value));
        expect(digestOf({ ...value, added: 1 })).not.toBe(digestOf({ ...value, added: 2 }));
      }),
    );
  });
});
