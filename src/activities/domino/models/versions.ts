/** The versions of a registered model, as the platform lists them. */
import { registeredModels } from '../../../contract/domino/registered-models.js';
import { itemsOf } from '../../../platform/lists.js';
import type { DominoDependencies } from '../dependencies.js';

/** Each of them once: their numbers tell them apart. */
export const eachVersion = ({ registeredModels: client }: DominoDependencies['domino'], modelName: string) =>
  itemsOf(
    registeredModels.listVersions,
    client.listVersions,
    { path: { modelName } },
    { key: ({ modelVersion }) => modelVersion },
  );
