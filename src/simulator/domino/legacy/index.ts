/** The routes that no document names and Domino's own Python client calls: a table of contents. */
import { checkTracked } from '../cost.js';
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
import type { Route, Routes } from './route.js';

/** Routes for administrators of a deployment that tracks costs. */
const tracked = (routes: Routes): Routes =>
  Object.fromEntries(
    Object.entries(routes).map(([name, { carry, ...route }]) => [
      name,
      {
        ...route,
        carry(simulation, sent, note) {
          checkTracked(simulation);
          return carry(simulation, sent, note);
        },
      } satisfies Route,
    ]),
  );

/** Every route, by its name. */
export const legacyRoutes: Routes = {
  ...jobs,
  ...environments,
  ...projects,
  ...people,
  ...tags,
  ...tracked({ ...billingTags, ...budgets }),
  ...files,
  ...datasets,
  ...datasetUploads,
  ...models,
  ...endpoints,
  ...apps,
  ...metrics,
};
