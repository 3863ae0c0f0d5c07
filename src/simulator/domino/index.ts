/** The handlers of Domino's contract: a table of contents. */
import type { domino } from '../../contract/domino/index.js';
import { apps } from './apps/apps.js';
import { cost } from './cost.js';
import { dataSources } from './data-sources.js';
import { aiGateway } from './ai-gateway.js';
import { organizations } from './organizations.js';
import { serviceAccounts } from './service-accounts.js';
import { deploymentTargets } from './deployment-targets.js';
import { auditEvents } from './audit-events.js';
import { datasets } from './datasets.js';
import { environments } from './environments.js';
import type { Handlers } from './handlers.js';
import { hardwareTiers } from './hardware-tiers.js';
import { jobs } from './jobs.js';
import { modelDeployments } from './model-deployments/model-deployments.js';
import { modelApis } from './model-apis.js';
import { platform } from './platform.js';
import { projectFiles } from './project-files.js';
import { projects } from './projects.js';
import { registeredModels } from './registered-models.js';
import { runs } from './runs.js';
import { users } from './users.js';
import { workspaces } from './workspaces.js';

/** A handler for every endpoint. */
export const handlers: Handlers<typeof domino> = {
  environments,
  jobs,
  runs,
  registeredModels,
  modelApis,
  modelDeployments,
  projects,
  projectFiles,
  workspaces,
  apps,
  datasets,
  hardwareTiers,
  cost,
  dataSources,
  aiGateway,
  organizations,
  serviceAccounts,
  deploymentTargets,
  auditEvents,
  users,
  platform,
};
