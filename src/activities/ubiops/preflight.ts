/** Looks up what an input names on UbiOps. */
import type { Named } from '../../run/inputs/preflight.js';
import { PlatformError } from '../../platform/errors.js';
import { type LookAtNamed, type Preflights, createPreflights } from '../effect/preflights.js';
import { lookTwice } from '../effect/second-look.js';
import { type UbiOpsDependencies, hasTags } from './dependencies.js';

/** Those of one connection. */
export const createUbiOpsPreflights = (deps: UbiOpsDependencies): Preflights =>
  createPreflights(deps, createLook(deps));

/** What is not there is asked for twice. */
const createLook = (deps: UbiOpsDependencies): LookAtNamed => {
  const { ubiops } = deps;
  return async ({ kind, value }: Named, projectName) => {
    switch (kind) {
      case 'project': {
        const path = { projectName: value };
        return { isThere: (await lookTwice(deps, () => ubiops.projects.get({ path }))) !== null };
      }
      case 'environment': {
        // In /v2 a base may be named with its tag.
        const [environmentName = value] = hasTags(deps) ? value.split(':') : [];
        const path = { projectName, environmentName };
        return { isThere: (await lookTwice(deps, () => ubiops.environments.get({ path }))) !== null };
      }
      case 'hardware tier':
      case 'hardware tier for model APIs':
        throw new PlatformError('REQUEST_REJECTED', `UbiOps has no ${kind}`);
    }
  };
};
