/** The handlers of Domino's contract: a table of contents. */
import type { domino } from '../../contract/domino/index.js';
import { cost } from './cost.js';
import { datasets } from './datasets.js';
import { environments } from './environments.js';
import type { Handlers } from './handlers.js';
import { hardwareTiers } from './hardware-tiers.js';
import { jobs } from './jobs.js';
import { modelApis } from './model-apis.js';
import { platform } from './platform.js';
import { projectFiles } from './project-files.js';
import { projects } from './projects.js';
import { registeredModels } from './registered-models.js';
import { runs } from './runs.js';
import { users } from './users.js';

/** A handler for every endpoint. */
export const handlers: Handlers<typeof domino> = {
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
};
