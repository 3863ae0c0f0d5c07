import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { failureKinds, type FailureCode } from '../../../src/run/failures/errors.js';
import {
  fingerprintOf,
  isFingerprint,
  namesIn,
  namesOf,
  patternOf,
} from '../../../src/run/failures/fingerprint.js';

const codes = Object.keys(failureKinds) as FailureCode[]; // the keys of the table are its codes
const of = (message: string, code: FailureCode = 'JOB_FAILED', step: string | undefined = 'train') =>
  fingerprintOf({ pipeline: 'train-and-deploy', step, failure: { code, message }, names: [] });

/** Words that no rule takes out: no digit, and none that is hexadecimal or part of a date. */
const word = fc.constantFrom(
  'the',
  'platform',
  'answered',
  'job',
  'out-of-memory',
  'killed',
  '(exit)',
  '"iris"',
);

const hex = (minLength: number) =>
  fc
    .array(
      fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16)),
      { minLength, maxLength: 40 },
    )
    .map((digits) => digits.join(''));
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer({ min: 0, max: 100 }).map((value) => `${value}%`),
  fc.integer({ min: 1, max: 900 }).map((value) => `${value}ms`),
);
const time = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .chain((date) =>
    fc.constantFrom(
      date.toISOString(),
      date.toISOString().slice(0, 10),
      date.toISOString().slice(11, 19),
      date.toUTCString().replace(' GMT', ''),
    ),
  );
const urlText = (marks: string) =>
  fc.string({ unit: fc.constantFrom(...Array.from(`abcxyzAZ0189${marks}`), '%20', '%C3%A9'), maxLength: 12 });
/** As `fc.webUrl` makes them, without the map of all of Unicode that it makes first. */
const url = fc
  .record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.domain(),
    path: fc.array(urlText("-._~!$&'()*+,;=:@"), { maxLength: 4 }),
    query: fc.option(urlText("-._~!$&'()*+,;=:@/?")),
  })
  .map(
    ({ scheme, host, path, query }) =>
      `${scheme}://${[host, ...path].join('/')}${query === null ? '' : `?${query}`}`,
  );
const varying = fc.oneof(number, hex(8), fc.uuid(), time, url);

describe('fingerprintOf', () => {
  it('is one for messages that differ only in numbers, ids, times and URLs', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, varying, varying), { minLength: 1, maxLength: 12 }), (parts) => {
        const first = parts.map(([text, one]) => `${text} ${one}`).join(' ');
        const other = parts.map(([text, , two]) => `${text} ${two}`).join(' ');
        expect(of(first)).toBe(of(other));
      }),
      { numRuns: 2_000 },
    );
  });

  it('differs where words differ', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.array(word, { maxLength: 8 }), (one, two) => {
        expect(of(one.join(' ')) === of(two.join(' '))).toBe(one.join(' ') === two.join(' '));
      }),
    );
  });

  it('differs where code, step or pipeline differ, whatever the message', () => {
    const cause = fc.record({
      pipeline: fc.constantFrom('train-and-deploy', 'retrain'),
      step: fc.constantFrom('train', 'build', undefined),
      code: fc.constantFrom(...codes),
    });
    fc.assert(
      fc.property(cause, cause, fc.string(), (one, two, message) => {
        const [first, other] = [one, two].map(({ code, ...rest }) =>
          fingerprintOf({ ...rest, failure: { code, message }, names: [] }),
        );
        expect(first === other).toBe(JSON.stringify(one) === JSON.stringify(two));
      }),
    );
  });

  it('looks like one, for any message at all', () => {
    fc.assert(
      fc.property(
        fc.uint16Array({ maxLength: 5_000 }).map((units) => String.fromCharCode(...units)),
        (message) => {
          expect(isFingerprint(of(message))).toBe(true);
        },
      ),
    );
  });

  it('stays what it is from version to version: runs of last month are counted with those of today', () => {
    expect(of('job 17 failed: exited with code 1')).toBe('307287886b4f');
  });

  it.each(['x', 'A+', '0+-'])('takes a megabyte of %s in a moment', (part) => {
    expect(isFingerprint(of(part.repeat(1_000_000 / part.length)))).toBe(true);
  });
});

it('any text of the input of a document may be a name of the run', () => {
  const input = { month: '2026-12', nested: [{ who: 'ada' }, 3, null, true], none: null };
  expect(namesIn('churn.nightly-1', input)).toEqual([...['churn.nightly-1', 'nightly-1', '2026-12', 'ada']]);
  expect(namesIn('churn.x', 'alone')).toEqual(['churn.x', 'x', 'alone']);
  expect([namesIn('churn.x', null), namesIn('churn.x', 3)]).toEqual([
    ...[
      ['churn.x', 'x'],
      ['churn.x', 'x'],
    ],
  ]);
});

describe('patternOf', () => {
  it('takes out no name that is shorter than a word, and the longest of those that begin alike', () => {
    expect(patternOf('the api of my-model and my-model-api', ['api', 'my-model', 'my-model-api'])).toBe(
      'the api of <*> and <*>',
    );
    expect(patternOf('the word (a+b) stays', ['(a+b'])).toBe('the word <*>) stays');
  });

  const names = namesOf('train-and-deploy.nightly', {
    project: 'ada/iris',
    environment: { name: 'Iris (training)' },
    register: { model: 'iris' },
    deploy: { modelApi: 'iris-api' },
  });

  it.each([
    [
      'an environment named "Iris (training)" exists that Longhaul did not make',
      'an environment named "<*>" exists that Longhaul did not make',
    ],
    ['train-and-deploy.nightly trains or deploys the same model', '<*> trains or deploys the same model'],
    ['the first version of iris-api has not shown up yet', 'the first version of <*> has not shown up yet'],
    ['irises are not the model iris', 'irises are not the model <*>'],
    [
      'no metric for accuracy; the training wrote loss, f1',
      'no metric for accuracy; the training wrote loss, <*>',
    ],
    [
      'GET /api/jobs/v1/jobs/{jobId} was answered 503 after 1.2 s, 3 times',
      'GET /api/jobs/<*>/jobs/{jobId} was answered <*> after <*> s, <*> times',
    ],
  ])('of %j is %j', (message, pattern) => {
    expect(patternOf(message, names)).toBe(pattern);
  });
});
