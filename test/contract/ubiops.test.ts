import { describe, expect, it } from '@jest/globals';
import { walk } from '../../src/contract/endpoint.js';
import { ubiops } from '../../src/contract/ubiops/index.js';

/** The fifteen operations of the document, by its names. */
const documented = `
environments_create POST /projects/{p}/environments
environments_list GET /projects/{p}/environments
environments_get GET /projects/{p}/environments/{e}
environments_update PATCH /projects/{p}/environments/{e}
environments_delete DELETE /projects/{p}/environments/{e}
environments_usage GET /projects/{p}/environments/{e}/usage
environment_revisions_file_upload POST /projects/{p}/environments/{e}/revisions
environment_revisions_list GET /projects/{p}/environments/{e}/revisions
environment_revisions_get GET /projects/{p}/environments/{e}/revisions/{r}
environment_revisions_file_download GET /projects/{p}/environments/{e}/revisions/{r}/download
environment_revisions_rebuild POST /projects/{p}/environments/{e}/revisions/{r}/rebuild
environment_builds_list GET /projects/{p}/environments/{e}/revisions/{r}/builds
environment_builds_get GET /projects/{p}/environments/{e}/revisions/{r}/builds/{b}
environment_builds_update PATCH /projects/{p}/environments/{e}/revisions/{r}/builds/{b}
environment_build_dependencies_list GET /projects/{p}/environments/{e}/revisions/{r}/builds/{b}/dependency-files
`
  .trim()
  .split('\n');

const short: Readonly<Record<string, string>> = {
  projectName: 'p',
  environmentName: 'e',
  revisionId: 'r',
  buildId: 'b',
};
const endpoints = walk(ubiops);
const lineOf = ({ endpoint: { method, path } }: (typeof endpoints)[number]) =>
  `${method} ${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `{${short[name] ?? name}}`)}`;

describe('the contract with UbiOps', () => {
  it('holds every operation of the document under its heading', () => {
    const held = endpoints.map((one) => `${one.endpoint.source.split('#')[1] ?? ''} ${lineOf(one)}`);
    expect(documented.filter((line) => !held.includes(line))).toEqual([]);
    const seeded = endpoints.filter(({ endpoint }) =>
      endpoint.source.startsWith('ubiops-environments-api.md'),
    );
    expect(seeded).toHaveLength(15);
  });

  it('states each operation once', () => {
    expect(new Set(endpoints.map(lineOf)).size).toBe(endpoints.length);
  });

  it('creates things by POST alone, and reads by GET, several requests excepted', () => {
    for (const { name, endpoint } of endpoints) {
      if (endpoint.replay === 'creates') expect(endpoint.method).toBe('POST');
      if (name !== 'collect') expect(endpoint.method === 'GET').toBe(endpoint.replay === 'safe');
    }
  });

  it('has revisions and builds in /v2.1 alone, and tags in /v2 alone', () => {
    const groupsOf = (dialect: string) => [
      ...new Set(
        endpoints.filter(({ endpoint }) => endpoint.dialects?.join() === dialect).map(({ group }) => group),
      ),
    ];
    expect(groupsOf('v2.1')).toEqual(['environments', 'revisions', 'builds', 'secrets']);
    expect(groupsOf('v2')).toEqual(['tags', 'tagSecrets']);
  });

  it('finds what has a name of the caller’s by reading it under that name', () => {
    const named = endpoints.flatMap(({ group, name, endpoint: { found, body, path } }) =>
      found !== undefined && found !== 'none' && 'named' in found ? [{ group, name, found, body, path }] : [],
    );
    expect(named.map(({ group, name }) => `${group}.${name}`)).toEqual([
      ...['environments.create', 'tags.create', 'deployments.create', 'versions.create', 'buckets.create'],
    ]);
    for (const { group, found, body, path } of named) {
      const get = endpoints.find((one) => one.group === group && one.name === found.get)?.endpoint;
      expect(get?.path).toBe(`${path}/{${Object.keys(found.named)[0] ?? ''}}`);
      const shape = Object.keys((body as { shape?: object } | undefined)?.shape ?? {});
      expect(shape).toEqual(expect.arrayContaining([...Object.values(found.named), ...found.same]));
    }
  });

  it.each([
    ['neither a file nor a source', {}],
    ['both', { file: { name: 'a.zip', content: 'x' }, source_environment: 'other' }],
  ])('refuses a package with %s', (_, body) => {
    expect(ubiops.revisions.upload.body.safeParse(body).error?.issues[0]?.message).toBe(
      'needs exactly one of `file` and `source_environment`',
    );
  });
});
