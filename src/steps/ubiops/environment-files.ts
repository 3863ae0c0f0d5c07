/** Files of a package by which the platform makes an environment of its own for a version. */

const names: readonly string[] = [
  'requirements.txt',
  'ubiops.yaml',
  'install_packages.R',
  'environment.yaml',
];

/** Those that are among these paths. */
export const environmentFilesIn = (paths: readonly string[]): string[] =>
  paths.filter((path) => names.includes(path));
