/** Packages of versions, as they are sent. */
import type { PackageFiles } from '../../../steps/ubiops/deployments.js';
import { type Package, packageOf } from '../environments/packages.js';

/** The folder in which a package has its files. */
const folder = 'deployment_package';

/** The package of these files. */
export const deploymentPackage = (files: PackageFiles): Package =>
  packageOf(Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text])));
