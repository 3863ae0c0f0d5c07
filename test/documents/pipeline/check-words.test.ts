/** What a check tells people: faults in their words, how to write it instead, and what they hardly mean. */
import { describe, expect, it } from '@jest/globals';
import { prepareDocument } from '../../../src/pipelines/document/evaluate.js';
import type { Json } from '../../../src/run/steps.js';
import { check, each, faultsOf, steps, train } from './faults-of.js';

/** The document that a text is. */
function documentOf(text: string) {
  const checked = check(text);
  if (!checked.ok) throw new Error(checked.faults.map(({ message }) => message).join('\n'));
  return checked.document;
}

describe('a check', () => {
  it.each<[string, string, string[]]>([
    [
      'a duration without its unit',
      `  a: { uses: job, within: 60, with: { project: a/b, command: go } }\n`,
      ['8:27 steps.a.within must be a duration with its unit, such as 60s or 60m'],
    ],
    [
      'a text without quotes',
      `  a: { uses: job, with: { project: 5, command: go } }\n`,
      ['8:36 steps.a.with.project must be a text: put it in quotes'],
    ],
    [
      'whole numbers beside a number of JSON',
      `  a: { uses: job, if: '\${{ input.n in [1, 2] }}', with: { project: a/b, command: go } }\n`,
      ['8:28 these cannot be combined: number in list<int>; write a whole number as 1.0'],
    ],
  ])('says in the words of people what is wrong with %s', (_, text, said) => {
    expect(faultsOf(steps(text))).toEqual(said);
  });

  it('that has no connection for a step says that alone, and nothing of ids', () => {
    const text = `longhaul: pipeline/v1\npipeline: x\nsteps:\n  train: { uses: job, connection: domino-dev, with: { project: a/b, command: go } }\n  r: { uses: register, with: { model: m, job: '\${{ steps.train }}' } }\n`;
    expect(faultsOf(text)).toEqual([
      '5:3 the step has no connection: name one here, or one for all steps at the top',
    ]);
  });

  it.each<[string, string, string[]]>([
    [
      'a version that YAML takes for a number',
      `  a: { uses: job, each: [3.10, 3.9, 0.5], with: { project: a/b, command: go } }\n`,
      ['8:26 3.10 is read as the number 3.1: put it in quotes if it is a version'],
    ],
    [
      'a division of whole numbers',
      `  a: { uses: job, with: { project: a/b, command: [go, '\${{ 7 / 2 }}', '\${{ 7.0 / 2 }}', '\${{ input.n / 2 }}'] } }\n`,
      [
        '8:60 both numbers are whole, so the result is cut to a whole number: write one as 2.0 for the exact result',
      ],
    ],
    [
      'the state of a step that is needed',
      `${train}  a: { uses: job, needs: train, if: '\${{ steps.train.state == "skipped" }}', with: { project: a/b, command: go } }
  b: { uses: job, if: '\${{ steps.train.state == "skipped" }}', with: { project: a/b, command: go } }\n`,
      [
        '9:42 steps.train.state is always "succeeded" here, because the step also needs "train" or reads its output: it is skipped otherwise',
      ],
    ],
  ])('is run, with a warning, for %s', (_, text, said) => {
    const checked = check(steps(text));
    expect(
      checked.ok && checked.warnings.map(({ line, column, message }) => `${line}:${column} ${message}`),
    ).toEqual(said);
  });

  const judged = (
    judge: string,
    more = '',
    deploy = 'modelApi: m, project: a/b',
  ) => `  train: { uses: job, with: { project: a/b, command: go${more} } }
  judge: ${judge}
  register: { uses: register, with: { model: churn, job: '\${{ steps.train }}' } }
  deploy: { uses: deploy, with: { ${deploy}, job: '\${{ steps.train }}', environment: e, from: '\${{ steps.register }}' } }\n`;
  const compare = `{ uses: compare, with: { job: '\${{ steps.train }}', project: a/b, modelApi: m, metric: auc } }`;
  const gate = `{ uses: gate, with: { job: '\${{ steps.train }}', conditions: [auc >= baseline], baseline: { project: a/b, modelApi: m } } }`;
  const warningsOf = (text: string): string[] => {
    const checked = check(steps(text));
    if (!checked.ok) throw new Error(faultsOf(steps(text)).join('\n'));
    return checked.warnings.map(({ line, column, message }) => `${line}:${column} ${message}`);
  };

  it.each([
    ['compare', compare, '9:18'],
    ['gate', gate, '9:18'],
  ])('warns of a %s with what is live, when another run may deploy before this one does', (_, judge, at) => {
    expect(warningsOf(judged(judge))).toEqual([
      `${at} another run may put another model live between "judge" and "deploy", which alone waits for its turn: write \`trains: churn\` under \`with\` of the job that trains the model, and one run at a time does all of it`,
    ]);
  });

  it.each([
    ['a job has the model for its run', judged(compare, ', trains: churn')],
    [
      'the run has decided on the model',
      `  decide: { uses: decide, with: { project: a/b, modelApi: m, when: { any: [{ always: true }] } } }\n${judged(compare)}`,
    ],
    ['another model API is deployed to', judged(compare, '', 'modelApi: other, project: a/b')],
    ['it is in another project', judged(gate, '', 'modelApi: m, project: a/c')],
    [
      'what is live is elsewhere',
      judged(
        gate
          .replace('uses: gate', 'uses: gate, connection: domino-prod')
          .replace("job: '${{ steps.train }}'", "metrics: '${{ steps.train.metrics }}'"),
      ),
    ],
    ['the baseline is a number', judged(gate.replace('{ project: a/b, modelApi: m }', '{ auc: 0.9 }'))],
    ['nothing is deployed', judged(compare).split('\n').slice(0, 2).join('\n')],
  ])('does not warn of it where %s', (_, text) => {
    expect(warningsOf(text)).toEqual([]);
  });

  it('has no count of skipped items: none is ever skipped', () => {
    expect(
      faultsOf(
        steps(
          `${each}  a: { uses: job, with: { project: a/b, command: [go, '\${{ steps.sweep.counts.skipped }}'] } }\n`,
        ),
      ),
    ).toEqual([
      expect.stringContaining(
        'there is no "skipped" in steps.sweep.counts; the fields are succeeded, failed',
      ),
    ]);
  });

  it('names the form in which what the input may not have can be read, at any depth', () => {
    const nested = (read: string) =>
      `longhaul: pipeline/v1\npipeline: x\nconnection: domino-dev\ninput: { properties: { o: { type: object, properties: { k: { type: number } }, required: [k] } } }\nsteps:\n  a: { uses: job, if: '\${{ ${read} > 1 }}', with: { project: a/b, command: go } }\n`;
    expect(faultsOf(nested('input.o.k'))).toEqual([
      '6:28 "o" may be left out of the input: give it a default, require it, or read it as input.?o.?k.orValue(…)',
    ]);
    const document = prepareDocument(documentOf(nested('input.?o.?k.orValue(0.0)')));
    const isAsked = (input: Json) => document.isAsked('a', { input });
    expect([isAsked({}), isAsked({ o: { k: 2 } })]).toEqual([false, true]);
  });
});
