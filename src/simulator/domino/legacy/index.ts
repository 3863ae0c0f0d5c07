/** The routes that no document names and Domino's own Python client calls: a table of contents. */
import { apps } from './apps.js';
import { billingTags } from './billing-tags.js';
import { budgets } from './budgets.js';
import { datasetUploads } from './dataset-uploads.js';
import { datasets } from './datasets.js';
import { endpoints } from './endpoints.js';
import { environments } from './environments.js';
import { files } from './files.js';
import { jobs } from './jobs.js';
import { metrics } from './metrics.js';
import { models } from './models.js';
import { people } from './people.js';
import { projects } from './projects.js';
import { tags } from './tags.js';
import type { Routes } from './route.js';

/** Every route, by its name. */
export const legacyRoutes: Routes = {
  ...jobs,
  ...environments,
  ...projects,
  ...people,
  ...tags,
  ...billingTags,
  ...budgets,
  ...files,
  ...datasets,
  ...datasetUploads,
  ...models,
  ...endpoints,
  ...apps,
  ...metrics,
};
