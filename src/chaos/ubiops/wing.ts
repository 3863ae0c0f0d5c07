/** UbiOps, as chaos knows it. */
import { z } from 'zod';
import type { ChaosWing } from '../wing.js';
import { readObjects } from './objects.js';
import { beOthers } from './others.js';

/** Trainings of the built-in runs name it; it is never run. */
const trainingFile = 'buckets/default/files/train.py';

const Signed = z.object({ url: z.string() });
const Projects = z.array(z.object({ name: z.string() }));

export const ubiopsWing: ChaosWing = {
  creationsIn: (dialect) => [
    ...['*.create', '*.upload', '*.rebuild', '*.createBatch'],
    ...(dialect === 'v2' ? ['tags.build'] : []),
  ],
  rootOf: (dialect) => `/${dialect ?? 'v2.1'}`,
  headersOf: (key) => ({ authorization: `Token ${key}` }),
  async placeOf(platform, { prefix }) {
    // A world’s limit is for one address, and here all workers have the same.
    await platform.control('behaviour', { callsPerMinute: null });
    const [project] = await platform.get('/projects', Projects);
    if (project === undefined) throw new Error('the world has no project');
    const { url } = Signed.parse(await platform.post(`/projects/${project.name}/${trainingFile}`, {}));
    await platform.upload(url, 'def train(*of): pass');
    return { prefix, project: project.name, environmentId: null, taken: null };
  },
  beOthers,
  // Its versions have no health that a simulator could change.
  sicken: () => Promise.resolve(),
  readObjects,
};
