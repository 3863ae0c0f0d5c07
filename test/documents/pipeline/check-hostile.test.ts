/** Documents that careless people and attackers write: refused with a place, soon, and with nothing lost on the way. */
import { describe, expect, it } from '@jest/globals';
import { cpuMsOf } from '../../support/cpu-time.js';
import { check, each, faultsOf, steps, train } from './faults-of.js';

const document = (more: string): string =>
  `longhaul: pipeline/v1\npipeline: x\nconnection: domino-dev\n${more}steps:\n${train}`;
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');
const many = lines.bind(null, 10_000);

describe('a document with hostile names', () => {
  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__proto__'])(
    'has no step, output, property or list that is called %s',
    (name) => {
      const faults = [
        ...faultsOf(steps(`  ${name}: { uses: job, with: { project: a/b, command: go } }\n`)),
        ...faultsOf(
          document(`outputs: { ${name}: 1 }\ninput: { properties: { ${name}: { type: string } } }\n`),
        ),
        ...faultsOf(
          steps(`  a: { uses: job, each: { ${name}: [1] }, with: { project: a/b, command: go } }\n`),
        ),
      ];
      expect(faults).toEqual([
        `8:3 "${name}" cannot be the name of a step: expressions have a meaning of their own for it`,
        `4:12 "${name}" cannot be the name of an output: expressions have a meaning of their own for it`,
        `5:24 "${name}" cannot be the name of a property: expressions have a meaning of their own for it`,
        `8:27 each: "${name}" cannot be named by an expression: use letters, digits and "_"`,
      ]);
    },
  );
});

it('no pipeline is called as a field is that every object of JavaScript has', () => {
  const text = document('').replace('pipeline: x', 'pipeline: constructor');
  expect(faultsOf(text)).toEqual(['2:11 "constructor" is taken: use another name']);
});

describe('a large document', () => {
  it('with far too many steps is refused for their number alone', () => {
    const step = (index: number) =>
      `  s${index}: { uses: job, with: { project: a/b, command: [go, '\${{ steps.no.x }}'] } }\n`;
    expect(faultsOf(steps(lines(1_000, step)))).toEqual([
      '7:1 there are 1000 steps; at most 200 are allowed',
    ]);
    expect(
      faultsOf(`${steps(lines(150, step))}finally:\n  steps:\n${lines(51, step).replaceAll('  s', '    f')}`),
    ).toEqual(['7:1 there are 201 steps; at most 200 are allowed']);
  });

  it.each([
    ['unknown keys', document(many((index) => `k${index}: 1\n`))],
    [
      'outputs of a step that is absent',
      document(`outputs:\n${many((index) => `  o${index}: '\${{ steps.none.x }}'\n`)}`),
    ],
    [
      'names that do not exist',
      steps(
        `  a: { uses: job, needs: [${many((index) => `n${index}, `)}], with: { project: a/b, command: go } }\n`,
      ),
    ],
  ])('is not searched any more when a great many faults are found: %s', (_, text) => {
    const ms = cpuMsOf(() => {
      expect(faultsOf(text)).toHaveLength(100);
    });
    expect(ms).toBeLessThan(10_000); // it was a minute
  });

  it.each([
    ['a bracket and blanks', `{{${' '.repeat(200_000)}`, 'must have at most 4000 characters'],
    [
      'expressions that are not closed',
      '${{'.repeat(60_000),
      'the expression that begins here is not closed',
    ],
  ])('is read once, however long a text of it is: %s', (_, text, fault) => {
    const written = steps(`  a: { uses: job, with: { project: a/b, command: '${text}' } }\n`);
    const ms = cpuMsOf(() => {
      expect(faultsOf(written).join()).toContain(fault);
    });
    expect(ms).toBeLessThan(5_000); // it was more than a minute
  });

  it.each([
    ['a long pattern', `pattern: '${'a|'.repeat(100_000)}'`, 'must have at most 500 characters'],
    [
      'a text that a pattern can read in many ways',
      `pattern: '^a*a*a*a*a*b$', default: '${'a'.repeat(9_000)}'`,
      'is too slow for texts of 10000 characters',
    ],
    [
      'a text that is longer than its pattern allows',
      `pattern: '^a*a*a*b$', maxLength: 100, default: '${'a'.repeat(9_000)}'`,
      'the default must have at most 100 characters',
    ],
    [
      'texts that are many',
      `pattern: '^a*a*b$', default: x }, b: { type: array, items: { type: string, pattern: '^a*a*b$' }, default: &b [${`${'a'.repeat(9_000)}, `.repeat(10)}] }, c: { additionalProperties: { items: { pattern: '^a*a*b$' } }, default: {${Array.from({ length: 6 }, (_, at) => `k${at}: *b`).join(', ')}}`,
      'the default must match ^a*a*b$',
    ],
  ])('has no pattern that keeps its check busy: %s', (_, schema, fault) => {
    const written = document(`input: { properties: { a: { type: string, ${schema} } } }\n`);
    const ms = cpuMsOf(() => {
      expect(faultsOf(written).join()).toContain(fault);
    });
    expect(ms).toBeLessThan(3_000); // it was minutes, years and minutes
  });

  it('is read once, however many expressions a command has', () => {
    const command = '${{1}} '.repeat(30_000);
    const ms = cpuMsOf(() => {
      expect(faultsOf(steps(`  a: { uses: job, with: { project: a/b, command: '${command}' } }\n`))).toEqual(
        [],
      );
    });
    expect(ms).toBeLessThan(2_500); // it was three seconds more, and twelve times as long for twice as many
  });

  it('that no run could be started with is refused', () => {
    expect(faultsOf(document(`outputs: { a: ${'x'.repeat(270_000)} }\n`))).toEqual([
      '1:1 the document, with those that it runs, is larger than 256 KiB, which is the most that a run is started with',
    ]);
  });

  it('has no expression that would fill a message', () => {
    const long = `'\${{ "${'x'.repeat(4_000)}" }}'`;
    expect(faultsOf(document(`outputs: { a: ${long} }\n`))).toEqual([
      '4:20 the expression has 4002 characters; at most 4000 are allowed',
    ]);
  });

  it('is not quoted at length', () => {
    const long = 'x'.repeat(5_000);
    const [fault = ''] = faultsOf(
      steps(`  a: { uses: job, needs: ${long}, with: { project: a/b, command: go } }\n`),
    );
    expect(fault).toMatch(/^8:26 there is no step "x{200,} … x+"; there are no steps$/);
    expect(fault.length).toBeLessThan(700);
  });
});

describe('numbers that JSON or JavaScript does not have', () => {
  const body = (value: string): string =>
    steps(
      `  a: { uses: http, with: { service: features, method: POST, path: /x, body: { id: ${value} } } }\n`,
    );

  it.each(['.inf', '-.inf', '.nan', '1e400'])('are refused: %s', (number) => {
    expect(faultsOf(body(number))).toEqual(['8:83 a number is infinite, too large or none at all']);
  });

  it.each([
    ['12345678901234567891', '12345678901234567000'],
    ['0042', '42'],
  ])('are warned of where digits are lost: %s', (written, read) => {
    expect(check(body(written))).toMatchObject({
      warnings: [{ message: `${written} is read as the number ${read}: put it in quotes if it is an id` }],
    });
  });

  it.each(['-0', '0', '9007199254740992', '1e3', '0x10', '"0042"'])('and no others: %s', (written) => {
    expect(check(body(written))).toMatchObject({ ok: true, warnings: [] });
  });
});

describe('a credential in a document', () => {
  const warningsOf = (command: string): unknown => {
    const checked = check(steps(`  a: { uses: job, with: { project: a/b, command: ${command} } }\n`));
    return (
      checked.ok &&
      checked.warnings.map(({ line, column, message }) => `${line}:${column} ${message.split(',')[0]}`)
    );
  };

  it.each([
    '"go --password=hunter2hunter2"',
    '"curl -H \'Authorization: Bearer abcdefghij0123456789\' x"',
    '[go, AKIAIOSFODNN7EXAMPLE]',
    '[git, clone, "https://ada:hunter2hunter2@example.com/x"]',
  ])('is warned of where it stands: %s', (command) => {
    expect(warningsOf(command)).toEqual([expect.stringMatching(/^8:\d+ this looks like a credential$/)]);
  });

  it.each([
    '"go --password $PASSWORD --token=${TOKEN}"',
    '[go, "--token=${{ input.free }}", "password: ${{ input.free }}"]',
    'python train.py --epochs 30',
  ])('and what is none is not: %s', (command) => {
    expect(warningsOf(command)).toEqual([]);
  });
});

describe('what would fail in each run', () => {
  const endless =
    'may take for ever, for it can read one text in many ways, as (a+)+ does: write it so that there is one';
  it.each<[string, string, string[]]>([
    [
      'an input that is no object',
      document('input: { type: array }\n'),
      ['4:16 input must be an object: leave its type out, and list its properties'],
    ],
    [
      'patterns that take for ever, wherever they stand, which are not tried',
      document(
        `input: { properties: { a: { type: string, pattern: '^(a+)+$', default: '${'a'.repeat(50)}!' }, b: { anyOf: [{ type: string, pattern: '(' }] } } }\n`,
      ),
      [`4:52 "^(a+)+$" ${endless}`, '4:167 "(" is no regular expression'],
    ],
    [
      'the same within an expression',
      steps(
        `  a: { uses: job, if: '\${{ input.free.matches("(x|x)*y") || input.free.matches(input.free) }}', with: { project: a/b, command: go } }\n`,
      ),
      [
        `8:47 "(x|x)*y" ${endless}`,
        '8:80 matches() takes a pattern that is written out, as in matches("^a+$")',
      ],
    ],
    [
      'times beyond those that Temporal has',
      steps(
        `  a: { uses: job, within: 99999999d, tries: { count: 2, backoff: 400d }, with: { project: a/b, command: go } }\n`,
      ),
      ['8:27 steps.a.within must be at most a year', '8:66 steps.a.tries.backoff must be at most a year'],
    ],
    [
      'what belongs to other tools',
      document('on: push\ninput: { properties: { a: { $ref: x } } }\n'),
      [
        '4:1 there is no key "on"; leave it out: schedules, and webhooks of longhaul.yaml, name the pipeline that they start',
        expect.stringMatching(
          /^5:29 input.properties.a: there is no key "\$ref"; the keys are type, title/,
        ) as unknown as string,
      ],
    ],
  ])('is refused before: %s', (_, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });
});

describe('what would be taken for a text', () => {
  const request = (body: string): string =>
    steps(
      `  a: { uses: http, with: { service: features, method: POST, path: /x, body: ${body} } }\n  b: { uses: job, each: [{ x: 1 }], with: { project: a/b, command: go } }\n`,
    );
  const inKey =
    'no expression can stand in a key: let one expression be the whole object, as in ${{ {input.name: 1} }}';

  it.each<[string, string, string[]]>([
    [
      'an expression in a key, at any depth',
      request(`[{ x: { '\${{ input.free }}': 1 } }]`)
        .replace('{ x: 1 }', `{ '\${{ input.free }}': 1 }`)
        .replace('steps:', `outputs: { o: { '\${{ input.free }}': 1 } }\nsteps:`),
      [`7:17 ${inKey}`, `9:85 ${inKey}`, `10:28 ${inKey}`],
    ],
    [
      'an expression in the schema of the input',
      document(
        `input: { properties: { a: { type: string, default: '\${{ run.id }}' }, b: { enum: [x, '\${{ run.id }}'] } } }\n`,
      ),
      [
        '4:52 no expression can stand here: the schema of the input is written out',
        '4:86 no expression can stand here: the schema of the input is written out',
      ],
    ],
    [
      'keys that are merged elsewhere',
      request('{ <<: { y: 1 }, z: 2 }'),
      ['8:79 there is no key "<<": an alias stands for a whole value here; write the keys out'],
    ],
    ['an empty key', request('{ ~: 1, "": 2 }'), ['8:79 a key is empty']],
  ])('is refused: %s', (_, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('is taken for one where it is meant as one', () => {
    expect(check(request(`{ "<<": 1, "\${{ {input.free: 1} }}x": 2, '{{ x }}': 3 }`)).ok).toBe(false);
    expect(faultsOf(request(`{ "<<": 1, '{{ x }}': 3, y: '\${{ {input.free: 1} }}' }`))).toEqual([]);
  });
});

describe('an expression that never holds', () => {
  const asked = (condition: string, more = ''): string =>
    steps(
      `${train.replace('job,', `job, ${more}`)}  a: { uses: job, if: "\${{ ${condition} }}", with: { project: a/b, command: go } }\n`,
    );
  const states = 'it is one of succeeded, failed, skipped, cancelled';

  it.each([
    [`steps.train.state == 'success'`, `9:49 steps.train.state is never "success"; ${states}`],
    [`'Failed' != steps.train.state`, `9:28 steps.train.state is never "Failed"; did you mean "failed"?`],
    [`steps['train'].state in ['succeeded', 'done']`, `9:66 steps['train'].state is never "done"; ${states}`],
    [`steps.?train.?state.orValue('') == 'error'`, `9:63 steps.?train.?state is never "error"; ${states}`],
  ])('names no state of a step: %s', (condition, fault) => {
    expect(faultsOf(asked(condition))).toEqual([fault]);
  });

  it.each([
    "steps.?train.?state.orValue('none') == 'none'",
    "steps.?train.?state.orValue(input.free) == 'none'",
    "steps.train.state + '' == 'none'",
    "input.free == 'success' && steps.train.state != 'skipped'",
  ])('is none that may hold: %s', (condition) => {
    expect(faultsOf(asked(condition))).toEqual([]);
  });

  it('names no state of an item', () => {
    const text = `${each}  a: { uses: job, if: "\${{ steps.sweep.items.exists(i, i.state == 'ok') }}", with: { project: a/b, command: go } }\n`;
    expect(faultsOf(steps(text))).toEqual([`9:67 i.state is never "ok"; ${states}`]);
  });

  it.each([
    [
      'failure',
      [
        '11:60 run.outcome is never "failure"; it is one of succeeded, failed, cancelled, rejected, approval-expired, too-poor',
      ],
    ],
    ['too-pour', ['11:60 run.outcome is never "too-pour"; did you mean "too-poor"?']],
    ['too-poor', []],
    ['not-better', []],
  ])('names no outcome: %s', (outcome, faults) => {
    const text = `${train}  stop: { uses: end, if: '\${{ input.n > 1 }}', with: { outcome: too-poor, conclusion: It is. } }
finally:
  steps: { a: { uses: job, if: "\${{ true && run.outcome == '${outcome}' }}", with: { project: a/b, command: go } } }
`;
    expect(faultsOf(steps(text))).toEqual(faults);
    // What an expression comes to is not known.
    expect(faultsOf(steps(text.replace('outcome: too-poor', 'outcome: "${{ input.free }}"')))).toEqual([]);
  });

  it('is warned of where a run ends before a failure could be seen', () => {
    const warnings = (text: string): unknown => {
      const checked = check(text);
      return (
        checked.ok && checked.warnings.map(({ line, column, message }) => `${line}:${column} ${message}`)
      );
    };
    const condition = `steps.train.state == 'failed'`;
    expect(warnings(asked(condition))).toEqual([
      '9:49 steps.train.state is never "failed" here, because the run ends when "train" fails: give that step `onFailure: continue`',
    ]);
    expect(warnings(asked(condition, 'onFailure: continue,'))).toEqual([]);
    const last = `finally: { steps: { a: { uses: job, if: "\${{ ${condition} }}", with: { project: a/b, command: go } } } }\n`;
    expect(warnings(steps(`${train}${last}`))).toEqual([]);
  });
});

describe('a step that can end the run', () => {
  it.each([
    ['end', '{ outcome: done, conclusion: It is. }'],
    ['compare', "{ job: '${{ steps.train }}', project: a/b, modelApi: m, metric: auc }"],
    ['decide', '{ project: a/b, modelApi: m, when: { maxAge: 30d } }'],
  ])('is no item of a list, where it would end nothing: %s', (kind, given) => {
    expect(
      faultsOf(steps(`${train}  a: { uses: ${kind}, each: [1, 2], with: ${given} }\n`)).filter((fault) =>
        fault.includes('each'),
      ),
    ).toEqual([
      `9:${kind.length + 16} \`${kind}\` cannot have \`each\`: an item of it would not end the run`,
    ]);
  });
});

describe('a time', () => {
  const until = (text: string): string[] =>
    faultsOf(steps(`  a: { uses: pause, with: { until: ${text} } }\n`));

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-12-01T06:00:00+25:00',
    '2026-12-01T06:61:00Z',
  ])('is one that there is: %s', (text) => {
    expect(until(text)).toEqual(['8:36 steps.a.with.until must be a day and an hour that there are']);
  });

  it('has its offset', () => {
    expect(until('2026-12-01T06:00:00')).toEqual([
      '8:36 steps.a.with.until must be a time such as 2026-12-01T06:00:00Z, or with an offset: 2026-12-01T06:00:00+01:00',
    ]);
    expect(until('2028-02-29T23:59:59.5-05:30')).toEqual([]);
  });
});
