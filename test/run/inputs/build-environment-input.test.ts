/** The input of `build-environment`: one shape, of which each platform takes its own. */
import { describe, expect, it } from '@jest/globals';
import { checkStart } from '../../../src/client/door.js';
import { LonghaulError } from '../../../src/run/failures/errors.js';

const onDomino = {
  connection: 'train',
  environment: { name: 'training', base: { image: 'base:1' } },
  revision: { dockerfile: 'RUN true' },
};
const onUbiOps = {
  connection: 'serve',
  project: 'iris',
  environment: { name: 'training', base: { environment: 'python3-12' } },
  revision: { files: { 'requirements.txt': 'pandas\n' } },
};
const platforms: Readonly<Record<string, string>> = { train: 'domino', serve: 'ubiops' };
const known = {
  connections: Object.keys(platforms),
  platformOf: (name: string) => platforms[name] ?? null,
};
const check = (input: object) => checkStart('build-environment', input, known).checked;
const fault = (input: object): string => {
  try {
    check(input);
  } catch (error) {
    if (error instanceof LonghaulError) return error.message;
    throw error;
  }
  return '';
};

it.each([
  ['Domino', onDomino, 'domino'],
  ['UbiOps', onUbiOps, 'ubiops'],
])('gets the platform of its connection: %s', (_, input, platform) => {
  expect(check(input)).toEqual({ ...input, platform, cleanup: false });
  expect(check({ ...input, platform })).toEqual(check(input));
});

it('must say the platform where the configuration is not known', () => {
  expect(() => checkStart('build-environment', onUbiOps)).toThrow('platform: is missing');
  expect(checkStart('build-environment', { ...onUbiOps, platform: 'ubiops' }).checked).toMatchObject(
    onUbiOps,
  );
});

it('on a connection that is not there is refused for that', () => {
  expect(() => check({ ...onUbiOps, connection: 'other' })).toThrow('there is no connection "other"');
});

describe.each<[string, object, string]>([
  ['of another platform than it says', { ...onUbiOps, platform: 'domino' }, 'platform: must be "ubiops"'],
  ['without a project on UbiOps', { ...onUbiOps, project: undefined }, 'project: is missing'],
  ['with a project on Domino', { ...onDomino, project: 'iris' }, 'project: is for UbiOps'],
  ...['./requirements.txt', 'a//b', 'a/./b', '.', '/a', 'a/'].map((path): [string, object, string] => [
    `with a file at ${path}`,
    { ...onUbiOps, revision: { files: { [path]: 'pandas' } } },
    'must have paths within the package',
  ]),
  [
    'with instructions on UbiOps',
    { ...onUbiOps, revision: { dockerfile: 'RUN true' } },
    'revision.dockerfile: is for Domino',
  ],
  [
    'with files on Domino',
    { ...onDomino, revision: onUbiOps.revision },
    'revision.files: is for UbiOps, and the connection is of Domino: it builds from `dockerfile`',
  ],
  ['without a revision on UbiOps', { ...onUbiOps, revision: undefined }, 'revision: is missing'],
  [
    'with two sources',
    { ...onUbiOps, revision: { ...onUbiOps.revision, sourceEnvironment: 'other' } },
    'revision: needs exactly one of `files` and `sourceEnvironment`',
  ],
  [
    'with a tag of no source',
    { ...onUbiOps, revision: { ...onUbiOps.revision, sourceTag: 'a' } },
    'revision.sourceTag: needs `sourceEnvironment`',
  ],
  [
    'with an id on UbiOps',
    { ...onUbiOps, environment: { id: 'x', name: 'y' } },
    'environment.id: is for Domino',
  ],
  [
    'with a Docker image on UbiOps',
    { ...onUbiOps, environment: onDomino.environment },
    'environment.base: must be {environment: …}',
  ],
  [
    'with a base of UbiOps on Domino',
    { ...onDomino, environment: onUbiOps.environment },
    'environment.base: must be one of {image: …}',
  ],
  [
    'with id and name',
    { ...onDomino, environment: { id: 'x', name: 'y' } },
    'environment: needs exactly one of',
  ],
  ['without a base on Domino', { ...onDomino, environment: { name: 'y' } }, 'environment.base: is missing'],
  [
    'with a name by content on Domino',
    { ...onDomino, environment: { ...onDomino.environment, byContent: true } },
    'environment.byContent: is for UbiOps',
  ],
  [
    'with a path that leads out of its package',
    { ...onUbiOps, revision: { files: { '../x': 'a' } } },
    'revision.files: must have paths within the package',
  ],
  ['without files', { ...onUbiOps, revision: { files: {} } }, 'revision.files: must be 1 to 200 files'],
  [
    'with more than a history should hold',
    { ...onUbiOps, revision: { files: { a: 'x'.repeat(150_001) } } },
    'revision.files: must be 150000 characters or less',
  ],
])('an input %s', (_, input, message) => {
  it('is refused, and told which field', () => {
    expect(fault(input)).toContain(message);
  });
});

it.each<[unknown, string]>([
  [{ 'requirements.txt': 'ubiops-file://b/r.txt' }, 'requirements.txt: must be the text of the file'],
  [{ 'image.tar': 'x' }, 'image.tar: cannot be a Docker image'],
  ['ubiops-file://b/package.zip', 'revision.files: must be the texts of the files by their path'],
])('is built from no file of a bucket and from no image: %j', (files, message) => {
  expect(fault({ ...onUbiOps, revision: { files } })).toContain(message);
});

describe('what the dialect of a connection has no words for', () => {
  const faultIn = (dialect: string | null, revision: object): string => {
    const input = { ...onUbiOps, revision };
    try {
      checkStart('build-environment', input, { ...known, dialectOf: () => dialect });
    } catch (error) {
      if (error instanceof LonghaulError) return error.message.split('\n').slice(1).join();
      throw error;
    }
    return '';
  };
  const files = { 'requirements.txt': 'pandas' };

  it('is refused at the door', () => {
    const only = 'is of the dialect v2 alone, and the connection speaks v2.1';
    expect(faultIn('v2.1', { files, tag: 't' })).toBe(`  revision.tag: ${only}`);
    expect(faultIn('v2.1', { sourceEnvironment: 'a', sourceTag: 't' })).toBe(`  revision.sourceTag: ${only}`);
    expect(faultIn('v2', { sourceEnvironment: 'a' })).toBe(
      '  revision.sourceTag: is missing: the connection speaks v2, which copies from a tag',
    );
  });

  it('is let through where the dialect has it, or is not known', () => {
    expect(faultIn('v2', { sourceEnvironment: 'a', sourceTag: 't', tag: 'u' })).toBe('');
    expect(faultIn('v2.1', { sourceEnvironment: 'a' })).toBe('');
    expect(faultIn(null, { files, tag: 't' })).toBe('');
  });
});
