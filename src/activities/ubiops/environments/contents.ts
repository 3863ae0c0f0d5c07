/** What packages hold, before they are sent and as the platform has them. */
import { hash } from 'node:crypto';
import { PlatformError } from '../../../platform/errors.js';
import type { EnvironmentSpec, PackageSource } from '../../../steps/ubiops/environments.js';
import { type Package, packageOf } from './packages.js';

export interface Contents {
  /** Reads what a revision is made of. */
  read(source: PackageSource): Promise<Package>;
  /** The name of the environment that has this content on this base, and no other. */
  nameOf(spec: EnvironmentSpec & { readonly contents: PackageSource }): Promise<string>;
}

/** A name has 64 characters. */
const longestLogical = 51;

/** Builds it. */
export function createContents(): Contents {
  const read = (source: PackageSource): Promise<Package> => {
    if (!('files' in source))
      return Promise.reject(new PlatformError('REQUEST_REJECTED', 'only files can be read so far'));
    return Promise.resolve(packageOf(source.files));
  };
  return {
    read,
    nameOf: async ({ name, base = '', contents }) => {
      const { content } = await read(contents);
      const digits = hash('sha256', JSON.stringify([base, content])).slice(0, 12);
      return `${name.slice(0, longestLogical)}-${digits}`;
    },
  };
}
