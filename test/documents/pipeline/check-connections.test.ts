/** Faults in what steps name of their connection: one that is not there, and what its dialect has no words for. */
import { describe, expect, it } from '@jest/globals';
import { faultsOf } from './faults-of.js';

const on = (connection: string, steps: string): string[] =>
  faultsOf(`longhaul: pipeline/v1\npipeline: x\nconnection: ${connection}\nsteps:\n${steps}`);
const environment = `  env: { uses: environment, with: { project: iris, name: training, base: python3-12 } }\n`;
const revision = (more: string): string =>
  `  add: { uses: revision, with: { environment: '\${{ steps.env }}', ${more} } }\n`;
const known = 'the connections are domino-dev, domino-prod, ubiops-dev, serve';

describe('a connection that is not there', () => {
  it('is one fault where it stands, and nothing follows from it', () => {
    const steps = `${environment}${revision('files: { a: b }')}  built: { uses: build, with: { revision: '\${{ steps.add }}' } }
  ask: { uses: request, connection: serve, with: { project: iris, deployment: '\${{ steps.live }}', data: { id: '\${{ steps.built.buildId }}' } } }
  live: { uses: deployment, with: { project: iris, deployment: d, input: plain, output: plain, environment: '\${{ steps.built }}', files: { deployment.py: x } } }\n`;
    expect(on('nope', steps.replace(/( {2}ask.*\n)([^]*)$/, '$2$1'))).toEqual([
      `3:13 there is no connection "nope"; ${known}`,
    ]);
  });

  it('is one fault for each place that names it, and other faults of its steps are told', () => {
    const job = (more: string) => `{ uses: job, ${more} with: { project: a/b, command: go } }`;
    expect(
      on(
        'domino-dev',
        `  a: ${job('connection: nope,')}\n  b: ${job('connection: nope,')}\n  c: { uses: job, connection: domino-pro, with: { project: a/b } }\n`,
      ),
    ).toEqual([
      `5:31 there is no connection "nope"; ${known}`,
      `6:31 there is no connection "nope"; ${known}`,
      '7:31 there is no connection "domino-pro"; did you mean "domino-prod"?',
      '7:43 steps.c.with.command must be a text, or a list of words',
    ]);
  });

  it('is one fault too where there is none at all', () => {
    expect(faultsOf(`longhaul: pipeline/v1\npipeline: x\nsteps:\n${environment}`)).toEqual([
      '4:3 the step has no connection: name one here, or one for all steps at the top',
    ]);
  });
});

describe('what the dialect of a connection has no words for', () => {
  const call = (endpoint: string, more: string): string =>
    `  a: { uses: call, with: { endpoint: ${endpoint}, ${more} } }\n`;

  it.each<[string, string, string, string[]]>([
    [
      'an endpoint',
      'ubiops-dev',
      call('ubiops.tags.list', 'params: { projectName: iris, environmentName: e }'),
      [
        '5:38 ubiops.tags.list is of the dialect v2 alone, and the connection ubiops-dev speaks v2.1; it has environments, revisions, builds, secrets instead',
      ],
    ],
    [
      'an endpoint of the other one',
      'serve',
      call('ubiops.revisions.list', 'params: { projectName: iris, environmentName: e }'),
      [
        '5:38 ubiops.revisions.list is of the dialect v2.1 alone, and the connection serve speaks v2; it has tags, tagSecrets instead',
      ],
    ],
    [
      'a field of a body',
      'ubiops-dev',
      call(
        'ubiops.versions.create',
        'params: { projectName: iris, deploymentName: d }, body: { version: v, environment_tag: t }',
      ),
      ['5:149 "environment_tag" is not in the dialect v2.1: a version names a tag in /v2 only'],
    ],
    [
      'a field of a query',
      'serve',
      call(
        'ubiops.environments.list',
        'params: { projectName: iris }, query: { supports_request_format: true }',
      ),
      ['5:129 "supports_request_format" is not in the dialect v2: it is a filter of tags.list'],
    ],
    [
      'a tag',
      'ubiops-dev',
      `${environment}${revision('files: { a: b }, tag: t')}`,
      ['6:89 "tag" is of the dialect v2 alone, and the connection ubiops-dev speaks v2.1: leave it out'],
    ],
    [
      'the tag of a source',
      'ubiops-dev',
      environment.replace('base:', 'contents: { sourceEnvironment: s, sourceTag: t }, base:'),
      [
        '5:113 "sourceTag" is of the dialect v2 alone, and the connection ubiops-dev speaks v2.1: leave it out',
      ],
    ],
    [
      'a source without its tag',
      'serve',
      `${environment}${revision('sourceEnvironment: s')}`,
      ['6:86 "sourceEnvironment" needs "sourceTag" beside it, for the connection serve speaks v2'],
    ],
  ])('is told with its place: %s', (_, connection, steps, expected) => {
    expect(on(connection, steps)).toEqual(expected);
  });

  it('is let through where the dialect has it', () => {
    expect(on('serve', `${environment}${revision('sourceEnvironment: s, sourceTag: t, tag: u')}`)).toEqual(
      [],
    );
    expect(on('ubiops-dev', `${environment}${revision('sourceEnvironment: s')}`)).toEqual([]);
    expect(
      on('serve', call('ubiops.tags.list', 'params: { projectName: iris, environmentName: e }')),
    ).toEqual([]);
  });
});

describe('a value of the path of an endpoint', () => {
  const get = (name: string) =>
    on(
      'serve',
      `  a: { uses: call, with: { endpoint: ubiops.tags.list, params: { projectName: iris, environmentName: ${name} } } }\n`,
    );

  it.each(['..', '.', '', 'a/../b'])('cannot lead elsewhere: %j', (name) => {
    expect(get(JSON.stringify(name))).toEqual([
      `5:102 params.environmentName cannot be ${JSON.stringify(name)}: it would lead to another address`,
    ]);
  });

  it('is whatever an expression comes to, or has a slash in it', () => {
    expect(get(`'\${{ run.id }}'`)).toEqual([]);
    expect(get('a/b')).toEqual([]);
  });
});

it.each<[string, string]>([
  [
    'files: { requirements.txt: "ubiops-file://b/r.txt" }',
    '6:94 steps.add.with.files.requirements.txt must be the text of the file: UbiOps builds no environment from a file of a bucket, such as ubiops-file://bucket/path',
  ],
  [
    'files: ubiops-file://b/package.zip',
    '6:74 steps.add.with.files must be the texts of the files by their path: UbiOps builds no environment from an address',
  ],
  [
    'files: { image.tar.gz: x }',
    '6:90 steps.add.with.files.image.tar.gz cannot be a Docker image: Longhaul uploads texts alone; make an environment of the image on UbiOps, and name it as sourceEnvironment',
  ],
  [
    'sourceEnvironment: ubiops-file://b/package.zip',
    '6:86 steps.add.with.sourceEnvironment must be a name without spaces, "/" and "\\"',
  ],
])('an environment is built from no file of a bucket and from no image: %s', (source, fault) => {
  expect(on('ubiops-dev', `${environment}${revision(source)}`)).toEqual([fault]);
});

it.each(['dooble', 'array', 'array_', 'list_int', 'Double'])('a field of the type %s is none', (type) => {
  const [fault] = on(
    'serve',
    `  d: { uses: deployment, with: { project: iris, deployment: d, input: { a: ${type} }, output: { b: array_double, c: dict }, environment: e, files: { deployment.py: x } } }\n`,
  );
  expect(fault).toBe(
    '5:76 steps.d.with.input.a must be one of int, double, string, bool, dict, file, blob, timestamp, or an array of one, such as array_double',
  );
});
