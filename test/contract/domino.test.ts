import { describe, expect, it } from '@jest/globals';
import { domino } from '../../src/contract/domino/index.js';
import { walk } from '../../src/contract/endpoint.js';

/**
 * The operations that the platform's reference documents, in the sections that the contract covers. Of datasets and
 * costs, those that a decision on retraining reads and what makes them, and what it takes to take a snapshot once.
 */
const documented = `
GET /api/environments/beta/environments
POST /api/environments/beta/environments
GET /api/environments/v1/environments/{environmentId}
DELETE /api/environments/v1/environments/{environmentId}
POST /api/environments/beta/environments/{environmentId}/revisions
PATCH /api/environments/beta/environments/{environmentId}/revisions/{revisionId}
GET /api/jobs/beta/jobs
GET /api/jobs/beta/jobs/{jobId}
GET /api/jobs/beta/jobs/{jobId}/logs
POST /api/jobs/v1/jobs
POST /api/jobs/v1/jobs/{jobId}/tags
DELETE /api/jobs/v1/jobs/{jobId}/tags/{tagId}
GET /api/jobs/v1/goals
POST /api/jobs/v1/goals
DELETE /api/jobs/v1/goals/{goalId}
GET /api/registeredmodels/v2
POST /api/registeredmodels/v2
GET /api/registeredmodels/v1/{modelName}
PATCH /api/registeredmodels/v1/{modelName}
GET /api/registeredmodels/v1/{modelName}/versions
POST /api/registeredmodels/v1/{modelName}/versions
GET /api/registeredmodels/v1/{modelName}/versions/{version}
GET /api/modelServing/v1/modelApis
POST /api/modelServing/v1/modelApis
GET /api/modelServing/v1/modelApis/{modelApiId}
PUT /api/modelServing/v1/modelApis/{modelApiId}
DELETE /api/modelServing/v1/modelApis/{modelApiId}
GET /api/modelServing/v1/modelApis/{modelApiId}/versions
POST /api/modelServing/v1/modelApis/{modelApiId}/versions
GET /api/modelServing/v1/modelApis/{modelApiId}/versions/{versionId}
GET /api/modelServing/v1/modelApis/{modelApiId}/versions/{versionId}/buildLogs
GET /api/modelServing/v1/modelApis/{modelApiId}/versions/{versionId}/instanceLogs
GET /api/hardwaretiers/v1/hardwaretiers
POST /api/hardwaretiers/v1/hardwaretiers
GET /api/hardwaretiers/v1/hardwaretiers/{hardwareTierId}
PUT /api/hardwaretiers/v1/hardwaretiers
DELETE /api/hardwaretiers/v1/hardwaretiers/{hardwareTierId}
GET /api/projects/beta/projects
POST /api/projects/beta/projects
GET /api/projects/v1/projects/{projectId}
DELETE /api/projects/beta/projects/{projectId}
POST /api/projects/v1/projects/{projectId}/copy-project
POST /api/projects/v1/projects/{projectId}/collaborators
DELETE /api/projects/v1/projects/{projectId}/collaborators/{collaboratorId}
GET /api/projects/v1/projects/{projectId}/repositories
POST /api/projects/v1/projects/{projectId}/repositories
DELETE /api/projects/v1/projects/{projectId}/repositories/{repositoryId}
GET /api/projects/v1/projects/{projectId}/goals
POST /api/projects/v1/projects/{projectId}/goals
PATCH /api/projects/v1/projects/{projectId}/goals/{goalId}
DELETE /api/projects/v1/projects/{projectId}/goals/{goalId}
GET /api/projects/v1/projects/{projectId}/shared-datasets
POST /api/projects/v1/projects/{projectId}/shared-datasets
DELETE /api/projects/v1/projects/{projectId}/shared-datasets/{datasetId}
GET /api/users/v1/self
GET /api/datasetrw/v2/datasets
POST /api/datasetrw/v1/datasets
GET /api/datasetrw/v1/datasets/{datasetId}
GET /api/datasetrw/v1/datasets/{datasetId}/snapshots
POST /api/datasetrw/v1/datasets/{datasetId}/snapshots
GET /api/datasetrw/v1/snapshots/{snapshotId}
POST /api/datasetrw/v1/datasets/{datasetId}/tags
DELETE /api/datasetrw/v1/datasets/{datasetId}/tags/{tagName}
GET /api/cost/v1/allocation
GET /api/projects/v1/projects/{projectId}/files/{commitId}/{path}/content
`
  .trim()
  .split('\n');

const endpoints = walk(domino);
const lineOf = ({ endpoint }: (typeof endpoints)[number]) => `${endpoint.method} ${endpoint.path}`;

describe('the contract with Domino', () => {
  it('holds every operation that the reference documents in its sections', () => {
    const held = new Set(endpoints.map(lineOf));
    expect(documented.filter((line) => !held.has(line))).toEqual([]);
  });

  it('adds internal and legacy operations only where the public API has no equivalent', () => {
    const more = endpoints.filter((one) => !documented.includes(lineOf(one)));
    expect(more.filter(({ endpoint }) => !/^\/(v4\/|v1\/|version$)/.test(endpoint.path))).toEqual([]);
  });

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
