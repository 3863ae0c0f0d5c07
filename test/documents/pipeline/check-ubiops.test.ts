/** Faults in the steps of UbiOps. */
import { describe, expect, it } from '@jest/globals';
import { check, faultsOf } from './faults-of.js';

const head = `longhaul: pipeline/v1
pipeline: x
connection: ubiops-dev
input: { properties: { name: { type: string, default: x } } }
steps:
`;
const deployment = (more: string, key = 'deploy'): string =>
  `  ${key}: { uses: deployment, with: { project: iris, deployment: iris, input: plain, output: plain, environment: python3-12, files: { deployment.py: pass }, ${more} } }\n`;

describe('a document of UbiOps', () => {
  it('names its kinds in the words of every platform, and takes no output of another one', () => {
    const steps = `${head}  train: { uses: job, connection: domino-dev, with: { project: a/b, command: x } }
  gate: { uses: gate, with: { job: '\${{ steps.train }}', conditions: [auc > 1] } }
  environment: { uses: environment, connection: domino-dev, with: { id: e1 } }
  build: { uses: build, connection: domino-dev, with: { environment: '\${{ steps.environment }}' } }
${deployment("variables: { AUC: '${{ steps.train.metrics.auc }}', N: 3, ON: true }")}  run: { uses: training-run, with: { project: iris, experiment: e, environment: '\${{ steps.build }}', code: 'ubiops-file://default/x.py' } }\n`;
    expect(faultsOf(steps)).toEqual([
      '7:36 job is of "train", which is on domino-dev, and this step is on ubiops-dev: ids of one platform mean nothing to another',
      '11:81 environment is of "build", which is on domino-dev, and this step is on ubiops-dev: ids of one platform mean nothing to another',
    ]);
  });

  it.each<[string, string, string[]]>([
    [
      'a program that an expression would become a part of',
      deployment('').replace('deployment.py: pass', "deployment.py: 'import \${{ input.name }}'"),
      ['6:150 files.deployment.py must be written out: no expression can stand here'],
    ],
    [
      'a kind of another platform',
      '  a: { uses: deploy, with: { project: iris } }\n',
      [
        '6:14 "deploy" is a kind of domino, and the connection ubiops-dev is of ubiops; the kinds are gate, compare, approve, choose, end, pause, http, call, pipeline, environment, revision, build, deployment, request, training-run',
      ],
    ],
    [
      'files that lead out of the package',
      deployment('').replace('deployment.py: pass', '../deployment.py: pass'),
      [
        '6:153 steps.deploy.with.files.../deployment.py must be a path within the package, such as requirements.txt',
      ],
    ],
    [
      'a training without a program in a bucket',
      '  a: { uses: training-run, with: { project: iris, experiment: e, environment: e, code: train.py } }\n',
      ['6:88 steps.a.with.code must be ubiops-file://<bucket>/<path>'],
    ],
    [
      'a request without data, and to no deployment',
      '  a: { uses: request, with: { project: iris, deployment: a/b } }\n',
      [
        '6:23 steps.a.with.data is missing: must be an object',
        '6:58 steps.a.with.deployment must be the output of a step of kind deployment: ${{ steps.NAME }}',
      ],
    ],
    [
      'an approval where nothing goes live below it',
      `${deployment('')}  ask: { uses: approve }\n`,
      [
        '7:16 an approval is for what goes live below it, and no step of kind `deploy` or `deployment` is below it: move "ask" above the one that it is for',
      ],
    ],
    [
      'an approval of a candidate',
      `  ask: { uses: approve }\n${deployment('promote: false', 'candidate')}`,
      [
        '6:16 an approval is for what goes live below it, and "candidate" does not: leave `promote: false` out, or deploy the same without it further down',
      ],
    ],
    [
      'an approval of what is not known when it is asked for',
      `  ask: { uses: approve }
  probe: { uses: request, with: { project: iris, deployment: iris, data: { n: 1 } } }
${deployment("variables: { N: '${{ steps.probe.jobId }}' }")}`,
      ['8:179 "ask" approves what "deploy" deploys, and must know it before: move "probe" above "ask"'],
    ],
    [
      'an approval of several deployments',
      `  ask: { uses: approve }\n${deployment('').replace('with:', 'each: [1, 2], with:')}`,
      ['7:31 "ask" approves one deployment: it cannot have `each`'],
    ],
    [
      'an approval that looks elsewhere for what is live',
      `  ask: { uses: approve, connection: domino-dev }\n${deployment('')}`,
      ['6:37 "ask" approves what "deploy" deploys on ubiops-dev: leave `connection` out'],
    ],
  ])('refuses %s', (_, steps, expected) => {
    expect(faultsOf(`${head}${steps}`)).toEqual(expected);
  });

  it('warns of what goes live below an approval that is for something else', () => {
    const warningsOf = (steps: string): unknown => {
      const checked = check(`${head}${steps}`);
      return checked.ok && checked.warnings.map(({ line, message }) => `${line} ${message}`);
    };
    const ask = '  ask: { uses: approve }\n';
    const both = `${deployment('')}${deployment('', 'other')}`;
    expect(warningsOf(`${ask}${deployment('promote: false', 'candidate')}${both}`)).toEqual([
      '9 nobody approves what "other" deploys: "ask" is for "deploy" alone; write another `approve` directly above "other" if it needs one',
    ]);
    expect(warningsOf(both)).toEqual([]);
    expect(
      warningsOf(`${ask}${deployment('')}  again: { uses: approve }\n${deployment('', 'other')}`),
    ).toEqual([]);
  });

  it('has an approval wait for what is deployed and judged, where it is deployed', () => {
    const checked =
      check(`${head.replace('ubiops-dev', 'domino-dev')}  train: { uses: job, with: { project: a/b, command: x } }
  gate: { uses: gate, with: { job: '\${{ steps.train }}', conditions: [auc > 0.5] } }
  ask: { uses: approve }
${deployment('promote: false', 'candidate').replace('with:', 'connection: ubiops-dev, with:')}${deployment('').replace('with:', 'connection: ubiops-dev, with:')}`);
    if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
    const { ask, deploy, candidate } = checked.document.steps;
    expect(ask).toMatchObject({
      ...{ approves: 'deploy', judged: 'train', connection: 'ubiops-dev', needs: [], awaits: ['train'] },
    });
    expect([deploy?.awaits, candidate?.awaits]).toEqual([['train'], []]);
  });

  it('judges, chooses and deploys what a training has come to', () => {
    const steps = `${head}  train: { uses: training-run, each: [4, 6], with: { project: iris, experiment: e, environment: e, code: 'ubiops-file://default/x.py', parameters: { depth: '\${{ item }}' } } }
  best: { uses: choose, with: { from: '\${{ steps.train }}', by: auc } }
  gate: { uses: gate, with: { job: '\${{ steps.best }}', conditions: [auc > 0.5] } }
${deployment("variables: { ARTIFACT: '${{ steps.best.artifact }}' }")}  ask: { uses: request, with: { project: iris, deployment: '\${{ steps.deploy }}', data: { n: 1 } } }
  verdict: { uses: gate, with: { job: '\${{ steps.ask }}', conditions: [n >= 1] } }\n`;
    const checked = check(steps);
    expect(checked.ok ? checked.document.steps['train']?.metrics : checked.faults).toEqual(['auc']);
  });
});
