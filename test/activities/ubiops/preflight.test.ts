/** What an input names on UbiOps, looked up on the simulator over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createUbiOpsPreflights } from '../../../src/activities/ubiops/preflight.js';
import { LonghaulError } from '../../../src/run/failures/errors.js';
import { type Named, sayFinding } from '../../../src/run/inputs/preflight.js';
import { type ServingSetting, openServing } from './serving-setting.js';

describe.each(['v2.1', 'v2'] as const)('on UbiOps in /%s', (dialect) => {
  let setting: ServingSetting;
  beforeEach(async () => {
    setting = await openServing(dialect);
    await setting.addVersion('v1');
  });
  afterEach(() => setting.close());

  const named = (kind: Named['kind'], value: string, more: Partial<Named> = {}): Named => ({
    ...{ kind, field: kind, value, project: 'iris', ...more },
  });
  const check = (...all: Named[]): Promise<string> =>
    createUbiOpsPreflights(setting.deps)
      .check({ preflight: { project: 'iris', named: all } }, { tries: 9 })

      .then(String, (error: unknown) => {
        if (!(error instanceof LonghaulError)) throw error;
        return `${error.code}: ${error.message}`;
      });

  it('finds what is there', async () => {
    const tags = dialect === 'v2' ? [named('tag', 'latest', { within: 'python3-12' })] : [];
    const base = dialect === 'v2' ? 'python3-11:latest' : 'python3-11';
    expect(
      await check(
        { kind: 'project', field: 'project', value: 'iris' },
        ...[named('environment', 'python3-12'), named('environment', base), ...tags],
        ...[named('deployment', 'echo'), named('version', 'v1', { within: 'echo' })],
        ...[named('instance type', '512mb'), named('bucket', 'default')],
      ),
    ).toBe('true');
  });

  it.each<[Named, string]>([
    [{ kind: 'project', field: 'project', value: 'irsi' }, 'there is no project "irsi"; there is iris'],
    [
      named('environment', 'python3-13'),
      'there is no environment "python3-13"; there are python3-12, python3-11',
    ],
    [named('deployment', 'ecco'), 'there is no deployment "ecco"; there is echo'],
    [named('version', 'v2', { within: 'echo' }), 'there is no version "v2" of echo; there is v1'],
    [named('instance type', '1tb'), 'there is no instance type "1tb"; there is 512mb'],
    [named('bucket', 'data'), 'there is no bucket "data"; there is default'],
    [
      named('file', 'a/train.py', { within: 'default' }),
      'there is no file "a/train.py" of default; there are none',
    ],
  ])('says what there is instead: %j', async (one, message) => {
    expect(await check(one)).toBe(
      `NOT_FOUND: the platform could not find what the input names, so nothing was made: ${one.field}: ${message}`,
    );
  });

  it('says of a tag which there are, or that there are none in this dialect', async () => {
    expect(await check(named('tag', 't9', { within: 'python3-12' }))).toMatch(
      dialect === 'v2'
        ? /tag: there is no tag "t9" of python3-12; there is latest$/
        : /tag: there is no tag "t9" of python3-12; this connection speaks \/v2.1, which has no tags$/,
    );
  });

  it('says nothing of what is in something that is missing', async () => {
    const { lookUp } = createUbiOpsPreflights({ ...setting.deps, foreseeing: {} as never }); // looks once
    const findings = await lookUp({
      ...{ connection: 'c', project: 'irsi' },
      named: [
        { kind: 'project', field: 'project', value: 'irsi' },
        named('environment', 'python3-12', { project: 'irsi' }),
        named('deployment', 'ecco'),
        named('version', 'v1', { within: 'ecco' }),
      ],
    });
    expect(findings.map(sayFinding)).toEqual([
      'project: there is no project "irsi"; there is iris',
      'environment: cannot tell whether environment "python3-12" is there: project "irsi" is not there',
      'deployment: there is no deployment "ecco"; there is echo',
      'version: cannot tell whether version "v1" of ecco is there: deployment "ecco" is not there',
    ]);
  });

  it('does not take one 404 for an answer', async () => {
    await setting.inject({
      endpoint: 'buckets.get',
      kind: 'status',
      status: 404,
      body: { error: 'Bucket was not found' },
      times: 1,
    });
    expect(await check(named('bucket', 'default'))).toBe('true');
  });

  it('stops nothing where it cannot be looked up', async () => {
    await setting.inject({
      endpoint: 'buckets.get',
      kind: 'status',
      status: 403,
      body: { error: 'No permission' },
      times: 5,
    });
    expect(await check(named('bucket', 'data'), named('hardware tier', 'small'))).toBe('false');
  });
});
