import { describe, expect, it } from '@jest/globals';
import { domino } from '../../src/contract/domino/index.js';
import { walk } from '../../src/contract/endpoint.js';

const endpoints = walk(domino);
const lineOf = ({ endpoint }: (typeof endpoints)[number]) => `${endpoint.method} ${endpoint.path}`;

describe('the contract with Domino', () => {
  it('states each operation and each name once', () => {
    expect(new Set(endpoints.map(lineOf)).size).toBe(endpoints.length);
    const names = endpoints.map(({ group, name }) => `${group}.${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('creates things by POST alone, and reads by GET alone', () => {
    for (const { endpoint } of endpoints) {
      if (endpoint.replay === 'creates') expect(endpoint.method).toBe('POST');
      expect(endpoint.method === 'GET').toBe(endpoint.replay === 'safe');
    }
  });

  it('expects no body from an operation that answers 204', () => {
    const empty = endpoints.filter(({ endpoint }) => endpoint.status === 204);
    expect(empty.map(({ endpoint }) => endpoint.encoding)).toEqual(empty.map(() => 'none'));
  });

  it('refuses a field that Domino does not know, because it would be ignored in silence', () => {
    const start = { projectId: 'p', runCommand: 'x', hardwareTierId: 'small-k8s' };
    expect(domino.jobs.start.body.safeParse(start).error?.issues[0]?.message).toBe(
      'Unrecognized key: "hardwareTierId"',
    );
  });

  it('decodes a status that nobody has heard of', () => {
    const revision = { id: 'r', number: 1, status: 'meditating' };
    expect(domino.environments.getRevision.response.parse(revision)).toEqual(revision);
  });
});

describe('how what was created is found again', () => {
  const found = walk(domino).flatMap(({ group, name, endpoint }) =>
    endpoint.found === undefined || endpoint.found === 'none' || 'named' in endpoint.found
      ? []
      : [{ group, name, endpoint, found: endpoint.found }],
  );

  it.each(found)(
    '$group.$name names endpoints that read, and all that they take',
    ({ group, endpoint, found: rule }) => {
      const others = walk(domino).filter((one) => one.group === group);
      const [list, get] = [rule.in, rule.get].map(
        (name) => others.find((one) => one.name === name)?.endpoint,
      );
      expect([list?.replay, get?.replay]).toEqual(['safe', 'safe']);
      const placeholders = (path = '') => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const given = placeholders(endpoint.path);
      expect(given).toEqual(expect.arrayContaining(placeholders(list?.path)));
      expect(placeholders(get?.path).sort()).toEqual([...given, ...Object.keys(rule.id)].sort());
      const shape = (schema: unknown) => Object.keys((schema as { shape?: object } | undefined)?.shape ?? {});
      expect(shape(endpoint.body)).toContain(rule.by);
      expect(shape(list?.query)).toEqual(expect.arrayContaining(Object.keys(rule.within ?? {})));
      expect(shape(list?.query).includes('offset')).toBe(rule.pages === true);
    },
  );
});
