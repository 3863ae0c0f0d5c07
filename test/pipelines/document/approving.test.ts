/** What an approval of a version is for, in a document: what is refused, and asked for again. */
import { describe, expect, it } from '@jest/globals';
import { digestOfSubject } from '../../../src/run/approvals/deployment-subject.js';
import { documentPipeline } from '../../../src/pipelines/document/pipeline.js';
import type { Json } from '../../../src/run/steps.js';
import type { ApproveSpec } from '../../../src/steps/approve.js';
import { recordedStep } from '../../steps/recorded-step.js';
import { documentOf } from '../../support/documents.js';

const run = { runId: 'mine.r', startedAt: '2026-11-30T00:00:00.000Z' };

describe('a version that somebody approves', () => {
  const version = (more: string, variables = "{ ARTIFACT: '${{ steps.train.artifact }}' }", file = 'pass') =>
    documentPipeline(
      documentOf(
        'ubiops-dev',
        `  build: { uses: environment, with: { project: p, name: e, base: python3-12 } }
  train: { uses: training-run, with: { project: p, experiment: x, environment: "\${{ steps.build }}", code: 'ubiops-file://default/t.py' } }
  early: { uses: approve }
  probe: { uses: request, with: { project: p, deployment: d, data: { n: 1 } } }
  gate: { uses: gate, with: { job: "\${{ steps.probe }}", conditions: [auc > 0.5] } }
  approve: { uses: approve, with: { within: 1d } }
  deploy: { uses: deployment, with: { project: p, deployment: d, input: plain, output: { y: double }, environment: "\${{ steps.build }}", files: { deployment.py: ${file} }, variables: ${variables}, ${more} } }`,
      ),
      run,
    ).steps;
  const outputs = {
    build: { project: 'p', environment: 'e', base: 'python3-12' },
    train: { jobId: 'p/t/x/1', metrics: { auc: 0.9 }, artifact: 'ubiops-file://default/m' },
    probe: { jobId: 'p/d/v/2', metrics: { auc: 0.7 } },
    gate: {},
  };
  const specIn = (steps: ReturnType<typeof version>, name: string, of: object = {}) => {
    const spec = steps[name]?.specOf({}, { ...outputs, ...of });
    if (spec === undefined || spec === null || !('subject' in spec)) throw new Error('nothing is approved');
    return spec as ApproveSpec; // of a step of this kind
  };
  const approved = (...of: Parameters<typeof specIn>): Json => ({
    ...{ decision: 'approved', at: '2026-11-30T00:00:00.000Z' },
    digest: digestOfSubject(specIn(...of).subject),
  });

  it('is of a size that a run can ask, and another where anything that is not shown is another', () => {
    const of = (last: string) => {
      const all = Array.from({ length: 2_000 }, (_, at) => `V${at}: ${at === 1_999 ? last : 'v'}`);
      return specIn(version('', `{ LONG: '${'x'.repeat(600)}${last}', ${all.join(', ')} }`), 'approve');
    };
    const [one, other] = [of('a'), of('b')];
    expect(JSON.stringify([one.subject, one.lines]).length).toBeLessThan(50_000);
    expect(one.lines.find(({ name }) => name === 'variables')?.value).toMatch(
      /^and 1801 more, SHA-256 [0-9a-f]{16}$/,
    );
    const long = ({ lines }: ApproveSpec) => lines.find(({ value }) => value.startsWith('LONG,'))?.value;
    expect(long(one)).toMatch(/^LONG, SHA-256 [0-9a-f]{16}$/);
    expect(long(one)).not.toBe(long(other));
    expect(digestOfSubject(one.subject)).not.toBe(digestOfSubject(other.subject));
  });

  it('is all that decides what goes live, with what it rests on', () => {
    const { subject, lines } = specIn(version('instanceType: 512mb, maximumInstances: 3'), 'approve');
    expect(subject).toEqual({
      ...{ connection: 'ubiops-dev', project: 'p' },
      deploys: {
        ...{ deployment: 'd', input: 'plain', output: { y: 'double' }, promote: true },
        ...{ environment: 'e', instanceType: '512mb', maximumInstances: 3 },
        variables: { ARTIFACT: { bytes: 23, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
        files: {
          'deployment.py': {
            bytes: 4,
            sha256: 'd74ff0ee8da3b9806b18c877dbf29bbde50b5bd8e4dad7a3a725000feb82e8f1',
          },
        },
      },
      trained: { train: 'p/t/x/1', probe: 'p/d/v/2' },
    });
    expect(lines.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      ...['deployment: d', 'connection: ubiops-dev', 'project: p'],
      ...['goes live: yes', 'environment: e', 'instance type: 512mb', 'instances: at most 3'],
      ...['input: plain text', 'output: y: double', 'file: deployment.py (4 B), SHA-256 d74ff0ee8da3b980'],
      ...[
        expect.stringMatching(/^variable: ARTIFACT, SHA-256 [0-9a-f]{16}$/),
        'rests on: train: p/t/x/1',
        'rests on: probe: p/d/v/2',
      ],
    ]);
  });

  it('is shown with the metrics that the gate judges, beside what is live', async () => {
    const { did, step } = recordedStep({
      answers: { getLiveVersion: [{ version: 'lh-1', live: 'v1', changed: ['file a.py is new'] }] },
    });
    const { compared } = specIn(version('version: v2'), 'approve');
    expect(await compared(step)).toEqual({
      ...{ model: 'd', version: 'lh-1', metrics: { auc: 0.7 }, changed: ['file a.py is new'] },
      live: { version: 'v1', metrics: {} },
    });
    expect(did).toMatchObject([
      ['getLiveVersion', { connection: 'dev', spec: { deployment: 'd', version: 'v2' } }],
    ]);
    const first = recordedStep({ answers: { getLiveVersion: [{ version: 'v2', live: null, changed: [] }] } });
    expect(await specIn(version('version: v2'), 'early').compared(first.step)).toMatchObject({
      ...{ live: null, metrics: { auc: 0.9 } },
    });
  });

  it.each<[string, ReturnType<typeof version>, object]>([
    ['a file', version('', undefined, 'past'), {}],
    ['the description', version('description: x'), {}],
    ['the instance type', version('instanceType: 1gb'), {}],
    ['scaling', version('minimumInstances: 1'), {}],
    ['the idle time', version('idleTime: 5m'), {}],
    ['the retention', version('retention: 1d'), {}],
    ['whether it goes live', version('promote: "${{ run.id == \'\' }}"'), {}],
    ['its name', version('version: v3'), {}],
    ['a variable', version('', '{ OTHER: x, ARTIFACT: "${{ steps.train.artifact }}" }'), {}],
    ['the environment', version(''), { build: { ...outputs.build, environment: 'f' } }],
    ['the build', version(''), { build: { ...outputs.build, revisionId: 'r2' } }],
    ['the tag', version(''), { build: { ...outputs.build, tag: 't' } }],
    ['the training', version(''), { train: { ...outputs.train, jobId: 'p/t/x/9' } }],
    ['what was judged', version(''), { probe: { ...outputs.probe, jobId: 'p/d/v/9' } }],
  ])('is refused, and asked for again, where %s is another', (_, now, of) => {
    const approval = approved(version(''), 'approve');
    expect(now['deploy']?.refusal({}, { ...outputs, ...of, approve: approval })).toMatchObject({
      code: 'APPROVAL_MISSING',
    });
    expect(now['approve']?.fault(approval, specIn(now, 'approve', of))).not.toBeNull();
  });

  it('is deployed where both approvals are for it, also one that was asked for before it was judged', () => {
    const now = version('serveWithin: 1h, whenBusy: skip');
    const both = { early: approved(version(''), 'early'), approve: approved(version(''), 'approve') };
    expect(now['deploy']?.refusal({}, { ...outputs, ...both })).toBeNull();
    expect(now['approve']?.fault(both.approve, specIn(now, 'approve'))).toBeNull();
    expect(now['early']?.specOf({}, { build: outputs.build, train: outputs.train })).toMatchObject({
      subject: { trained: { train: 'p/t/x/1' } },
    });
  });
});

describe('an approval of what will not be deployed', () => {
  const passed = (
    steps: string,
    { input = {}, known = {} }: { readonly input?: Json; readonly known?: object } = {},
  ) => {
    const more = 'input: { properties: { live: { type: boolean, default: false } } }';
    const text = `  check: { uses: http, with: { service: checks, path: /ok } }
  approve: { uses: approve }
${steps}`;
    const pipeline = documentPipeline(documentOf('ubiops-dev', text, { more }), run);
    const given = { live: false, ...(input as object) };
    return pipeline.steps['approve']?.passes(given, { check: { body: 1 }, ...known }, {}) ?? null;
  };
  const deploying = (name: string, condition?: string) =>
    `  ${name}: { uses: deployment, ${condition === undefined ? '' : `if: "\${{ ${condition} }}",`} with: { project: p, deployment: d, input: plain, output: plain, environment: e, files: { deployment.py: pass } } }\n`;
  const deploy = deploying('deploy', 'input.live');
  const asking = (more = '') =>
    `  ask: { uses: request, ${more} with: { project: p, deployment: d, data: { n: 1 } } }\n`;

  it('is not asked for, and what is below goes on', () => {
    const unasked = {
      reason: '"deploy" is not done, for its condition does not hold: input.live',
      ...{ isReleased: true, isUnasked: true },
    };
    expect(passed(deploy)).toEqual(unasked);
    expect(passed(`${deploy}${asking('needs: deploy,')}`)).toEqual(unasked);
    expect(passed(`${deploy}  done: { uses: end, with: { outcome: over, conclusion: it is } }\n`)).toEqual(
      unasked,
    );
    expect(passed(deploy, { input: { live: true } })).toBeNull();
  });

  it('is not asked for where a step before it has decided that', () => {
    const steps = deploying('deploy', 'steps.check.body == 2');
    expect(passed(steps)).toMatchObject({ isUnasked: true });
    expect(passed(steps, { known: { check: { body: 2 } } })).toBeNull();
    expect(passed(steps, { known: { check: undefined } })).toBeNull();
  });

  it('is asked for where that depends on the decision', () => {
    expect(passed(deploying('deploy', "steps.approve.decision == 'rejected'"))).toBeNull();
    expect(passed(deploying('deploy', 'has(steps.approve.by) && input.live'))).toBeNull();
  });

  it('is asked for where anything else below would act, unless that has an approval of its own', () => {
    expect(passed(`${deploy}${asking()}`)).toBeNull();
    expect(passed(`${deploy}${deploying('other')}`)).toBeNull();
    expect(passed(`${deploy}  again: { uses: approve }\n${deploying('other')}`)).toMatchObject({
      isUnasked: true,
    });
    expect(
      passed(`${deploy}  again: { uses: approve, if: "\${{ input.live }}" }\n${deploying('other')}`),
    ).toBeNull();
  });
});
