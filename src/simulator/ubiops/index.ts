/** The handlers of every endpoint of UbiOps' contract. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { audit } from './audit.js';
import { builds } from './builds.js';
import { deploymentRevisions } from './deployment-revisions.js';
import { deployments } from './deployments.js';
import { environments } from './environments.js';
import { buckets, files } from './files.js';
import type { Handlers } from './handlers.js';
import { logs } from './logs.js';
import { instanceTypes, projects, status, training, users } from './platform.js';
import { requests, versionRequests } from './requests.js';
import { revisions } from './revisions.js';
import { tags } from './tags.js';
import { deploymentVariables, projectVariables, secrets, tagSecrets, versionVariables } from './variables.js';
import { versions } from './versions.js';

export const handlers: Handlers<typeof ubiops> = {
  environments,
  revisions,
  builds,
  tags,
  secrets,
  tagSecrets,
  deployments,
  versions,
  deploymentRevisions,
  requests,
  versionRequests,
  projectVariables,
  deploymentVariables,
  versionVariables,
  buckets,
  files,
  training,
  logs,
  audit,
  instanceTypes,
  projects,
  users,
  status,
};
