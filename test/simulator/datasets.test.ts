import { describe, expect, it } from '@jest/globals';
import { type Stage, fixedWorld, onStage } from './stage.js';

const datasets = '/api/datasetrw/v1/datasets';

async function create({ post, projectId }: Stage, fields: object = {}): Promise<string> {
  const body = { name: 'measures', projectId: await projectId(), ...fields };
  const created = await post(datasets, body);
  expect(created.status).toBe(200);
  return created.body.dataset.id;
}

describe('datasets', () => {
  it(
    'change their name and description, and keep what a request leaves out',
    onStage({}, async (stage) => {
      const { call, get } = stage;
      const id = await create(stage, { description: 'old [lh:abc234def567]' });
      await create(stage, { name: 'taken' });
      const changed = await call('PATCH', `${datasets}/${id}`, { description: 'new [lh:zzz234def567]' });
      expect(changed).toMatchObject({
        status: 200,
        body: { dataset: { name: 'measures', description: 'new [lh:zzz234def567]' } },
      });
      expect(await call('PATCH', `${datasets}/${id}`, { name: 'taken' })).toMatchObject({
        status: 400,
        body: { error: 'A dataset named "taken" already exists in the project' },
      });
      expect(await call('PATCH', `${datasets}/${id}`, { name: '' })).toMatchObject({
        status: 400,
        body: { error: 'Json validation error: /name error.minLength' },
      });
      expect((await call('PATCH', `${datasets}/none`, {})).status).toBe(404);
      expect((await get(`${datasets}/${id}`)).body.dataset.name).toBe('measures');
      expect(stage.simulator.ledger().flatMap(({ effects }) => effects)).toEqual([
        { change: 'created', kind: 'dataset', id, marker: 'lh:abc234def567' },
        { change: 'created', kind: 'dataset', id: expect.any(String) },
        { change: 'changed', kind: 'dataset', id, marker: 'lh:zzz234def567' },
      ]);
    }),
  );

  it(
    'are gone with their snapshots once they are deleted, and shared with nobody any more',
    onStage({}, async (stage) => {
      const { call, get, post } = stage;
      const project = `/api/projects/v1/projects/${await stage.projectId()}`;
      const id = await create(stage);
      await post(`${project}/shared-datasets`, { datasetId: id });
      const { snapshot } = (await post(`${datasets}/${id}/snapshots`, { relativeFilePaths: ['.'] })).body;
      expect(await call('DELETE', `${datasets}/${id}`)).toMatchObject({
        status: 200,
        body: { dataset: { id } },
      });
      for (const path of [`${datasets}/${id}`, `/api/datasetrw/v1/snapshots/${snapshot.id}`])
        expect((await get(path)).status).toBe(404);
      expect((await call('DELETE', `${datasets}/${id}`)).status).toBe(404);
      expect((await post(`${datasets}/${id}/snapshots`, { relativeFilePaths: ['.'] })).status).toBe(404);
      expect((await get(`${project}/shared-datasets`)).body.dataset.sharedDatasetIds).toEqual([]);
    }),
  );

  it(
    'are granted to users and organizations, one role each, and taken from them again',
    onStage({ yaml: `${fixedWorld}users: [{ name: ben }]\n` }, async (stage) => {
      const { call, get, post } = stage;
      const [ada, ben] = (await get('/api/users/v1/users')).body.users.map(({ id }) => id);
      const id = await create(stage, { grants: [{ targetId: ben, targetRole: 'DatasetRwReader' }] });
      const grants = `${datasets}/${id}/grants`;
      const owner = { targetId: ada, targetRole: 'DatasetRwOwner' };
      expect((await get(grants)).body).toMatchObject({
        grantDetails: [
          { targetId: ben, targetRole: 'DatasetRwReader', targetName: 'ben', isOrganization: false },
          { ...owner, targetName: 'ada' },
        ],
      });
      const editor = { targetId: ben, targetRole: 'DatasetRwEditor' };
      expect((await post(grants, editor)).body).toMatchObject({ grants: [editor, owner] });
      const { org } = (await post('/api/organizations/v1/organizations', { name: 'lab', members: [] }))
        .body as unknown as { org: { id: string } };
      expect(await post(grants, { targetId: org.id, targetRole: 'DatasetRwOwner' })).toMatchObject({
        status: 400,
        body: { error: 'An organization cannot own a dataset' },
      });
      await post(grants, { targetId: org.id, targetRole: 'DatasetRwReader' });
      expect((await get(grants)).body).toMatchObject({
        grantDetails: [{}, {}, { targetName: 'lab', isOrganization: true }],
      });
      expect((await post(grants, { ...editor, targetId: 'nobody' })).status).toBe(404);
      expect(await post(grants, { ...editor, targetRole: 'King' })).toMatchObject({
        status: 400,
        body: { error: 'Json validation error: /targetRole error.invalid' },
      });
      const reader = { targetId: ben, targetRole: 'DatasetRwReader' };
      expect((await call('DELETE', grants, reader)).status).toBe(404);
      expect((await call('DELETE', grants, editor)).body).toMatchObject({
        grants: [owner, { targetId: org.id }],
      });
    }),
  );

  it(
    'are listed by project, and told in both forms how many there are',
    onStage({}, async (stage) => {
      const { get, call } = stage;
      const projectId = await stage.projectId();
      const id = await create(stage);
      const list = '/api/datasetrw/v2/datasets';
      const page = { offset: 0, limit: 10, totalCount: 1 };
      expect(
        (await get(`${list}?projectIdsToInclude=${projectId}&includeProjectInfo=true`)).body,
      ).toMatchObject({
        datasets: [{ dataset: { id }, projectInfo: { projectId, projectName: 'iris' } }],
        metadata: { ...page, pagination: page },
      });
      const none = { metadata: { totalCount: 0 } };
      expect((await get(`${list}?projectIdsToExclude=${projectId}`)).body).toMatchObject(none);
      expect((await get(`${list}?projectIdsToExclude=a&projectIdsToInclude=b`)).status).toBe(400);
      expect(await get(`${list}?limit=-1`)).toMatchObject({
        status: 400,
        body: { error: 'Json validation error: /limit error.min' },
      });
      await call('DELETE', `/api/projects/beta/projects/${projectId}`);
      expect((await get(`${list}?includeArchivedProjects=false`)).body).toMatchObject(none);
    }),
  );

  it(
    'are flat in the reference dialect, in lists as well',
    onStage({ dialect: 'reference' }, async (stage) => {
      const { call, get, post } = stage;
      const [project] = (await get('/api/projects/beta/projects')).body.data;
      const { id } = (await post(datasets, { name: 'a', projectId: project?.id })).body;
      expect((await get(`/api/datasetrw/v2/datasets?projectId=${project?.id ?? ''}`)).body).toMatchObject({
        data: [{ id, name: 'a' }],
        totalCount: 1,
      });
      expect((await get('/api/datasetrw/v2/datasets?projectId=other')).body.data).toEqual([]);
      expect((await call('PATCH', `${datasets}/${id}`, { name: 'b' })).body).toMatchObject({ id, name: 'b' });
      expect((await get(`${datasets}/${id}/grants`)).body.data).toMatchObject([{ targetName: 'ada' }]);
      expect((await call('DELETE', `${datasets}/${id}`)).body.id).toBe(id);
    }),
  );
});
