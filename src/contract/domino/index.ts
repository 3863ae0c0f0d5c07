/** Domino's contract: a table of contents. */
import { cost } from './cost.js';
import { datasets } from './datasets.js';
import { environments } from './environments.js';
import { hardwareTiers } from './hardware-tiers.js';
import { jobs } from './jobs.js';
import { modelApis } from './model-apis.js';
import { platform } from './platform.js';
import { projectFiles } from './project-files.js';
import { projects } from './projects.js';
import { registeredModels } from './registered-models.js';
import { runs } from './runs.js';
import { users } from './users.js';

/** Every endpoint of Domino that is used or simulated: group → endpoint. */
export const domino = {
  environments,
  jobs,
  runs,
  registeredModels,
  modelApis,
  projects,
  projectFiles,
  datasets,
  hardwareTiers,
  cost,
  users,
  platform,
} as const;
