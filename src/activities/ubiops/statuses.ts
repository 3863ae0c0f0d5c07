/** UbiOps’ statuses (ubiops-api.md, section 2.3). A status that is not listed is never success and never failure. */
import { type Phase, mayRun } from '../effect/phases.js';

/** Of builds and of tags. What goes on has many names, which grow from release to release. */
const builds: Readonly<Record<string, Phase>> = {
  queued: 'waiting',
  pending: 'waiting',
  scanning: 'waiting',
  initialising: 'waiting',
  processing: 'waiting',
  building: 'waiting',
  deploying: 'waiting',
  validating: 'waiting',
  success: 'succeeded',
  completed: 'succeeded',
  available: 'succeeded',
  failed: 'failed',
  cancelled: 'stopped',
};

/** The build of an environment. Right after it was begun, it may have no status yet. */
export const buildPhase = (status: string | null | undefined): Phase =>
  status ? (Object.hasOwn(builds, status) && builds[status]) || 'unknown' : 'waiting';

/** What is told beside the status of a build. */
interface Told {
  readonly error_message?: string | null | undefined;
  /** Of a tag. */
  readonly built?: boolean | null | undefined;
}

/** How far the build of a tag is. One that is built and says that it is running is done: so the platform’s own client takes it. */
export const tagPhase = ({ status, built }: Told & { readonly status?: string | null | undefined }): Phase =>
  status === 'running' && built === true ? 'succeeded' : buildPhase(status);

/** Whether something with a status that nobody knows is told to have ended: a tag that is built, or anything with the message of a failure. */
export const hasUnclearEnd = ({ error_message: message, built }: Told): boolean =>
  built === true || (message != null && message !== '');

/** Whether a build, or that of a tag, may still go on. */
export function mayBuild(build: Told & { readonly status?: string | null | undefined }): boolean {
  const phase = tagPhase(build);
  return mayRun(phase) && !(phase === 'unknown' && hasUnclearEnd(build));
}
