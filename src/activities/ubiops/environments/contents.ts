/** What packages hold, before they are sent and as the platform has them. */
import { PlatformError } from '../../../platform/errors.js';
import type { PackageSource } from '../../../steps/ubiops/environments.js';
import { LonghaulError } from '../../../run/failures/errors.js';
import { ifThere } from '../../effect/known-objects.js';
import { lookTwice } from '../../effect/second-look.js';
import { type Naming, type Needed, needed } from '../missing.js';
import { type UbiOpsDependencies, hasTags } from '../dependencies.js';
import { contentOf, packageOf } from './packages.js';

/** What a revision is made of, as a request says it. */
export interface Sending {
  /** The SHA-256 of its files. */
  readonly content: string;
  readonly body:
    | {
        readonly file: {
          readonly name: string;
          readonly type: string;
          readonly content: Uint8Array<ArrayBuffer>;
        };
      }
    | { readonly source_environment: string; readonly source_tag?: string };
}

/** An environment. */
export interface Place {
  readonly projectName: string;
  readonly environmentName: string;
}

export interface Contents {
  /**
   * Reads what a revision is to be made of.
   * @throws LonghaulError `NOT_FOUND` where another environment has no package; `REQUEST_REJECTED` for what the dialect lacks
   */
  read(projectName: string, source: PackageSource): Promise<Sending>;
  /** The content of a revision; `null` where its file is gone, or is larger than what is read. */
  ofRevision(path: Place & { readonly revisionId: string }): Promise<string | null>;
  /** The same of a tag: `null` where nothing was sent to it yet. */
  ofTag(path: Place & { readonly tagName: string }): Promise<string | null>;
}

const rememberedAtMost = 10_000;

/** Those of one connection. What a revision holds never changes, so it is read once. */
export function createContents(deps: UbiOpsDependencies): Contents {
  const { ubiops } = deps;
  const known = new Map<string, string>();
  const ofRevision: Contents['ofRevision'] = async (path) => {
    const before = known.get(path.revisionId);
    if (before !== undefined) return before;
    const content = await contentIn(ubiops.revisions.download({ path }));
    if (content === null) return null;
    if (known.size >= rememberedAtMost) known.clear();
    known.set(path.revisionId, content);
    return content;
  };
  const ofTag: Contents['ofTag'] = (path) => contentIn(ubiops.tags.download({ path }));
  return {
    ofRevision,
    ofTag,
    read: async (projectName, source) => {
      if ('files' in source) {
        const { content, bytes } = packageOf(source.files);
        return { content, body: { file: { name: 'package.zip', type: 'application/zip', content: bytes } } };
      }
      const { sourceEnvironment: environmentName, sourceTag: tagName } = source;
      const path = { projectName, environmentName };
      if (hasTags(deps) !== (tagName !== undefined)) throw tagFault(environmentName, hasTags(deps));
      const content = await lookTwice(deps, () =>
        tagName === undefined ? ofActive(deps, path, ofRevision) : ofTag({ ...path, tagName }),
      );
      if (content === null)
        throw new LonghaulError(
          'NOT_FOUND',
          `environment ${environmentName} has no package that can be read`,
        );
      return {
        content,
        body: {
          source_environment: environmentName,
          ...(tagName !== undefined && { source_tag: tagName }),
        },
      };
    },
  };
}

const tooLarge = (error: unknown): null => {
  if (error instanceof PlatformError && error.isTooLarge) return null;
  throw error;
};

/** The environment whose package is copied, with its tag. */
export const sourceNeeded = (naming: Naming, source: PackageSource, prefix = ''): Needed[] =>
  'files' in source
    ? []
    : [
        ...needed(naming, 'environment', `${prefix}sourceEnvironment`, { value: source.sourceEnvironment }),
        ...needed(naming, 'tag', `${prefix}sourceTag`, {
          ...{ value: source.sourceTag, within: source.sourceEnvironment },
        }),
      ];

const tagFault = (environment: string, isNeeded: boolean): LonghaulError =>
  new LonghaulError(
    'REQUEST_REJECTED',
    isNeeded
      ? `environment ${environment}: this platform copies from a tag: name it too (sourceTag)`
      : `environment ${environment}: this platform has no tags: leave sourceTag out`,
  );

/** Which of its revisions is copied, nothing says; where it has one that serves, that is meant. */
async function ofActive(
  { ubiops }: UbiOpsDependencies,
  path: Place,
  ofRevision: Contents['ofRevision'],
): Promise<string | null> {
  const { active_revision: active, latest_revision: latest } = await ubiops.environments.get({ path });
  const revisionId = active ?? latest;
  return revisionId == null ? null : ofRevision({ ...path, revisionId });
}

/**
 * The content of a package that is read back; `null` where its file is gone, or is larger than what is read.
 * @throws PlatformError `ANSWER_UNEXPECTED` for what is no package
 */
export async function contentIn(reading: Promise<unknown>): Promise<string | null> {
  const bytes = await bytesIn(reading);
  return bytes === null ? null : contentOf(bytes);
}

/** The bytes of a package that is read back; `null` where its file is gone, or is larger than what is read. */
export async function bytesIn(reading: Promise<unknown>): Promise<Uint8Array | null> {
  const bytes = await ifThere(reading).catch(tooLarge);
  if (bytes === null) return null;
  return bytes instanceof Uint8Array ? bytes : new Uint8Array();
}
