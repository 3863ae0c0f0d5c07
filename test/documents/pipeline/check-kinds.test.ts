/** Faults in the arguments of single kinds of steps. */
import { describe, expect, it } from '@jest/globals';
import { faultsOf, steps } from './faults-of.js';

describe('a fault in the arguments of a kind', () => {
  it.each<[string, string, string[]]>([
    [
      'a pause of nothing, of too much, and until no time',
      steps(`  a: { uses: pause, with: { for: 2h, until: 2026-12-01T06:00:00Z } }
  b: { uses: pause }
  c: { uses: pause, with: { for: 400d } }
  d: { uses: pause, with: { until: tomorrow } }
  e: { uses: pause, with: { for: '\${{ input.n }}' } }\n`),
      [
        '8:27 steps.a.with needs exactly one of `for` and `until`',
        '9:3 steps.b.with needs exactly one of `for` and `until`',
        '10:34 steps.c.with.for must be at most a year',
        '11:36 steps.d.with.until must be a time such as 2026-12-01T06:00:00Z, or with an offset: 2026-12-01T06:00:00+01:00',
        '12:39 for must be a text; the expression is a number',
      ],
    ],
    [
      'a service that is not configured, or that takes no such method',
      steps(`  a: { uses: http, with: { service: fetures, path: /x } }
  b: { uses: http, with: { service: drift, method: POST, path: /x } }
  c: { uses: http, with: { service: '\${{ input.month }}', path: /x } }
  d: { uses: http, with: { service: drift, method: PATHC, path: /x } }\n`),
      [
        '8:37 there is no service "fetures"; did you mean "features"?',
        '9:52 service drift takes GET alone',
        '10:37 service must be written out: no expression can stand here',
        '11:52 steps.d.with.method must be one of "GET"|"POST"|"PUT"|"PATCH"|"DELETE"',
      ],
    ],
    [
      'requests that are none',
      steps(`  a: { uses: http, with: { service: drift, path: x, expect: 99, select: { id: data } } }
  b: { uses: http, with: { service: drift, path: /a/../b } }
  c: { uses: http, with: { service: drift, path: /a/%2E%2e } }
  d: { uses: http, with: { service: drift, path: '/a?b=c' } }
  e: { uses: http, with: { service: drift, path: /a, body: { n: 1 } } }
  f: { uses: http, with: { service: features, method: POST, path: /a, replay: once } }
  g: { uses: http, with: { service: drift, path: '/a/\${{ input.free }}' } }
  h: { uses: http, with: { service: drift, path: [a, '\${{ input.free }}'] } }
  i: { uses: http, with: { service: drift, path: '/a/\${{ input.month }}' } }\n`),
      [
        '8:50 steps.a.with.path must begin with "/", and have neither "?" nor ".."',
        '8:61 steps.a.with.expect must be at least 200',
        '8:79 steps.a.with.select.id must be a JSON Pointer, such as /data/id',
        '9:50 steps.b.with.path must begin with "/", and have neither "?" nor ".."',
        '10:50 steps.c.with.path must begin with "/", and have neither "?" nor ".."',
        '11:50 steps.d.with.path must begin with "/", and have neither "?" nor ".."',
        '12:60 steps.e.with.body cannot be sent with GET',
        '13:79 steps.f.with.replay must be one of "safe"|"idempotent"',
        '14:58 a service reads path, and this text may hold anything: write it as a list of its parts, [models, "${{ … }}"], or close it in the schema of the input by `enum`, `format: date` or a `pattern: ^…$` without white space and signs that a shell reads',
      ],
    ],
    [
      'an endpoint that is none, or of another platform',
      steps(`  a: { uses: call, with: { endpoint: domino.datasets.lst } }
  b: { uses: call, connection: serve, with: { endpoint: domino.datasets.list } }
  c: { uses: call, with: { endpoint: '\${{ input.month }}' } }
  d: { uses: call, with: { endpoint: domino.constructor.name } }
  e: { uses: call, with: { endpoint: datasets.list } }
  f: { uses: call, with: { endpoint: domino.modelDeployments.credentials } }\n`),
      [
        '8:38 there is no endpoint "domino.datasets.lst"; did you mean "domino.datasets.list"?',
        '9:57 domino.datasets.list is of domino, and the connection serve is of ubiops',
        '10:38 endpoint must be written out: no expression can stand here',
        '11:38 there is no endpoint "domino.constructor.name"; docs/reference/endpoints.md lists those that there are',
        '12:38 there is no endpoint "datasets.list"; write "domino.datasets.list"',
        '13:38 domino.modelDeployments.credentials cannot be called by a step: it deals in secrets, and the history of a run keeps what a step sends and gets; use `longhaul call domino.modelDeployments.credentials`',
      ],
    ],
    [
      'what an endpoint does not take',
      steps(`  a: { uses: call, with: { endpoint: domino.datasets.get } }
  b: { uses: call, with: { endpoint: domino.datasets.get, params: { dataset: x }, body: {} } }
  c: { uses: call, with: { endpoint: domino.datasets.create, body: { name: 3, projectid: p } } }
  d: { uses: call, with: { endpoint: domino.datasets.create, body: { name: '\${{ input.n }}' } } }
  e: { uses: call, with: { endpoint: domino.projects.find, query: { ownerName: ada } } }
  f: { uses: call, with: { endpoint: domino.datasets.list } }
  g: { uses: call, with: { endpoint: domino.datasets.create, body: { name: '\${{ input.free }}' } } }
  h: { uses: call, with: { endpoint: domino.datasets.get, params: { datasetId: .. } } }\n`),
      [
        '8:20 steps.a.with.params is missing: must be an object',
        '9:59 steps.b.with.params.datasetId must be a text or a number',
        '9:69 steps.b.with.params: there is no key "dataset"; did you mean "datasetId"?',
        '9:83 steps.b.with: there is no key "body"; the keys are endpoint, select, params',
        '10:76 steps.c.with.body.name must be a text: put it in quotes',
        '10:79 steps.c.with.body: there is no key "projectid"; did you mean "projectId"?',
        '11:81 body.name must be a text; the expression is a number',
        '12:60 steps.e.with.query.projectName is missing: must be a text',
        '15:80 params.datasetId cannot be "..": it would lead to another address',
      ],
    ],
    [
      'a pipeline that is none, an input that is not its own, and what it does not hand over',
      steps(`  a: { uses: pipeline, with: { pipeline: retran } }
  b: { uses: pipeline, with: { pipeline: train-and-deploy, input: { project: a/b, trian: {} } } }
  c: { uses: pipeline, with: { pipeline: train-and-deploy, input: { project: a/b, train: { command: '\${{ input.n }}' } } } }
  d: { uses: pipeline, with: { pipeline: train-and-deploy, input: { project: a/b, train: { command: go } } } }
  e: { uses: pause, if: '\${{ steps.d.outcome == "x" }}', with: { for: 1h } }
  f: { uses: pause, if: '\${{ steps.d.project == "a/b" }}', with: { for: 1h } }\n`),
      [
        '8:42 there is no pipeline "retran"; did you mean "retrain"?',
        '9:60 steps.b.with.input.train is missing: must be an object',
        '9:83 steps.b.with.input: there is no key "trian"; did you mean "train"?',
        '10:106 input.train.command must be a text; the expression is a number',
        '12:38 there is no "outcome" in steps.d; the fields are runId, project, environment, revision, job, gate, registered, deployment, state',
      ],
    ],
    [
      'a kind by its name in another tool',
      steps(`  a: { uses: Sleep }
  b: { uses: subflow }
  c: { uses: run }
  d: { uses: puase }\n`),
      [
        '8:14 there is no kind of step "Sleep"; use `uses: pause`',
        '9:14 there is no kind of step "subflow"; use `uses: pipeline`',
        '10:14 there is no kind of step "run"; use `uses: job` with `command`',
        '11:14 there is no kind of step "puase"; did you mean "pause"?',
      ],
    ],
  ])('%s', (_, text, said) => {
    expect(faultsOf(text)).toEqual(said);
  });
});
