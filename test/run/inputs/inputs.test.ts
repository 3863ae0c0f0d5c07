/** What the parts of an input ask of each other. */
import { describe, expect, it } from '@jest/globals';
import { pipelineInputs } from '../../../src/run/inputs/inputs.js';

const faults = (pipeline: keyof typeof pipelineInputs, input: object): string[] =>
  (pipelineInputs[pipeline].safeParse(input).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')} ${message}`,
  );

const bare = { connection: 'dev', project: 'a/b', train: { command: 'go' } };
const environment = { name: 'n', base: { image: 'i' } };
const deploy = { modelApi: 'api' };
const full = { ...bare, environment, register: { model: 'm' }, deploy };

describe('an input of train-and-deploy', () => {
  it.each<[object, string | null]>([
    [bare, null],
    [full, null],
    [{ ...bare, environment, revision: { dockerfile: 'RUN x' } }, null],
    [
      { ...bare, revision: { dockerfile: 'RUN x' } },
      'revision needs `environment`: a revision belongs to one',
    ],
    [{ ...bare, train: { command: 'go', commitId: 'abcdef0' } }, null],
    [{ ...bare, train: { command: 'go', gitRef: { type: 'head' } } }, null],
    [
      { ...bare, train: { command: 'go', commitId: 'abcdef0', gitRef: { type: 'head' } } },
      'train.commitId excludes `train.gitRef`',
    ],
    [{ ...full, gate: { conditions: ['auc > baseline'], baseline: 'live' } }, null],
    [
      { ...bare, gate: { conditions: ['auc > baseline'], baseline: 'live' } },
      'gate.baseline "live" needs `deploy`, which names the model API that is live',
    ],
    [{ ...bare, gate: { conditions: ['auc > 1'] } }, null],
    [
      { ...bare, gate: { conditions: ['auc > 1', 'f1 > baseline'] } },
      'gate.baseline is missing: a condition compares with it',
    ],
    [{ ...bare, gate: { conditions: ['f1 > baseline'], baseline: { f1: 1 } } }, null],
    [
      { ...bare, gate: { conditions: ['f1 > baseline'], baseline: { auc: 1 } } },
      'gate.baseline lacks f1, which a condition compares with it',
    ],
    [
      { ...bare, environment, deploy },
      'deploy.source is missing: without `register` there is no registered version to deploy',
    ],
    [{ ...bare, environment, deploy: { ...deploy, source: { file: 'f', function: 'g' } } }, null],
    [
      { ...bare, register: { model: 'm' }, deploy },
      'deploy.environmentId is missing: without `environment` the model API has none to run in',
    ],
    [{ ...bare, register: { model: 'm' }, deploy: { ...deploy, environmentId: 'e' } }, null],
  ])('%j', (input, fault) => {
    expect(faults('train-and-deploy', input)).toEqual(fault === null ? [] : [fault]);
  });
});

describe('an input of retrain', () => {
  const retrain = { ...full, when: { all: [{ always: true }] } };

  it('reminds before it is too late to decide', () => {
    const asking = (approval: object) => faults('retrain', { ...retrain, approval });
    expect(faults('retrain', retrain)).toEqual([]);
    expect(asking({ within: '2h', remindAfter: '1h' })).toEqual([]);
    for (const remindAfter of ['2h', '3h'])
      expect(asking({ within: '2h', remindAfter })).toEqual([
        'approval.remindAfter must be shorter than `within` (2h)',
      ]);
  });
});
