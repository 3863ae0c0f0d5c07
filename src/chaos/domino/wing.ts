/** Domino, as chaos knows it. */
import { z } from 'zod';
import type { ChaosWing } from '../wing.js';
import { readObjects } from './objects.js';
import { beOthers } from './others.js';
import { placeOf } from './place.js';

const Deployed = z.object({
  deployment: z.object({ modelApiId: z.string(), versionId: z.string() }),
});

export const dominoWing: ChaosWing = {
  creationsIn: () => ['*.create', '*.createVersion', '*.createRevision', '*.register', 'jobs.start'],
  rootOf: () => '',
  headersOf: (key) => ({ 'x-domino-api-key': key }),
  placeOf,
  beOthers,
  async sicken(platform, result) {
    const deployed = Deployed.safeParse(result);
    if (!deployed.success) return;
    await platform.control('health', { ...deployed.data.deployment, status: 'Unreachable' });
  },
  readObjects: async (reading) => ({
    objects: await readObjects(reading),
    refer: (references) => references,
  }),
};
