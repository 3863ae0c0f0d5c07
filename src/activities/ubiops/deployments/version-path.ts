/** Where a version is, in the words of the API. */
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';

/** The parameters of the paths of a version. */
export const pathOf = ({ project, deployment, version }: VersionPlace) => ({
  ...{ projectName: project, deploymentName: deployment, version },
});
