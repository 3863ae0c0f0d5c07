/** UbiOps’ statuses (ubiops-api.md, section 2.3). A status that is not listed is never success and never failure. */
import type { Phase } from '../effect/phases.js';

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
