import { describe, expect, it } from '@jest/globals';
import { createSimulator } from '../../src/simulator/index.js';
import { fixedWorld, onStage } from './stage.js';

const start = (yaml: string) => onStage({ yaml }, () => Promise.resolve())();

describe('worlds', () => {
  it('are refused with the path of the key that is wrong', async () => {
    await expect(
      start(fixedWorld.replace('default: true }]\nhard', 'defualt: true }]\nhard')),
    ).rejects.toThrow('environments[0]: Unrecognized key: "defualt"');
    await expect(start(`${fixedWorld}\njobs: [{ command: '(', status: Failed }]`)).rejects.toThrow(
      'jobs[0].command: is not a regular expression',
    );
    await expect(start(fixedWorld.replace('queue: [10, 10]', 'queue: [10, 1]'))).rejects.toThrow(
      'durations.queue: the first number must not be greater than the second',
    );
    await expect(start(fixedWorld.replace('files: files', 'files: missing'))).rejects.toThrow(
      'projects[0].files: there is no folder',
    );
    await expect(start('user: [')).rejects.toThrow('cannot be read as a world');
    await expect(createSimulator({ world: '/nowhere/world.yaml' })).rejects.toThrow(
      /^\/nowhere\/world\.yaml cannot be read as a world: .*ENOENT/,
    );
  });

  it('are the one of the sample when none is given: ada, her project, one environment, two tiers', async () => {
    const simulator = await createSimulator();
    const get = async (path: string) => {
      const headers = { authorization: 'Bearer simulator-key' };
      const answer: unknown = await (await fetch(simulator.url + path, { headers })).json();
      return answer;
    };
    const project = await get(
      '/v4/gateway/projects/findProjectByOwnerAndName?ownerName=ada&projectName=iris',
    );
    const { environments } = (await get('/api/environments/beta/environments')) as { environments: unknown };
    expect(project).toMatchObject({ name: 'iris', owner: { userName: 'ada' } });
    expect(environments).toMatchObject([
      {
        name: 'Domino Standard Environment',
        visibility: 'global',
        selectedRevision: { number: 1, status: 'succeeded' },
      },
    ]);
    expect(await get('/api/hardwaretiers/v1/hardwaretiers')).toMatchObject({
      hardwareTiers: [
        { id: 'small-k8s', flags: { isDefault: true } },
        { id: 'gpu-small-k8s', gpuConfiguration: { numberOfGpus: 1 } },
      ],
    });
    await simulator.close();
  });
});
