/** Whether a new version stays well: by its state on the platform, and by a probe that asks it. */
import type { WatchOutput } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import type { Json } from '../../../run/steps.js';
import { askProbe } from '../../../probes/ask.js';
import { type Attempt, asLongAsItTakes, attempted } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { ended, notYet } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import { nextLookMs } from '../../effect/looks.js';
import { isReplaced } from './version-watching.js';
import { sayStatus } from '../../effect/phases.js';
import { servingPhase } from '../statuses.js';

/** A version that fails a minute after it began must not be seen for the first time when the watch is over. */
const leastLooks = 5;

type Watch = Parameters<DominoEffects['watchModelApiVersion']>[0];

/** What one look saw. `unclear`: a status that nobody has heard of, which is no success and no failure. */
interface Look {
  readonly state: 'well' | 'unclear' | 'replaced' | 'failed' | 'ended';
  readonly seen: string;
}

/** Builds it. */
export const createWatchActivities = (
  deps: DominoDependencies,
): Pick<DominoEffects, 'watchModelApiVersion'> => ({
  watchModelApiVersion: attempted(
    deps,
    ofKnown((of: Watch, attempt: Attempt) => watchVersion(deps, of, attempt)),
    asLongAsItTakes,
  ),
});

/** One look per attempt; how many failed in a row is left to the next one. */
export async function watchVersion(
  deps: DominoDependencies,
  of: Watch,
  attempt: Pick<Attempt, 'elapsedMs' | 'unsettled' | 'remember'>,
): Promise<WatchOutput> {
  const { state, seen } = await look(deps, of, attempt.elapsedMs);
  const looks = (attempt.unsettled?.looks ?? 0) + 1;
  const failed = state === 'failed' ? (attempt.unsettled?.failed ?? 0) + 1 : 0;
  if (state === 'ended') return { well: false, looks, seen };
  if (failed >= of.failures) return { well: false, looks, seen: `${seen}, ${failed} looks in a row` };
  if (attempt.elapsedMs >= of.forMs && state === 'well') return { well: true, looks, seen };
  if (attempt.elapsedMs >= of.forMs && state === 'unclear')
    throw ended('OUTCOME_UNKNOWN', `${seen}, which says neither that it is well nor that it is not`);
  attempt.remember({ looks, failed });
  throw notYet(
    failed === 0 ? seen : `${seen}, for the ${ordinal(failed)} time in a row`,
    pauseMs(deps, of, attempt),
  );
}

const ordinal = (count: number): string => ['first', 'second', 'third'][count - 1] ?? `${count}th`;

/** As other waits, but with a look at the end of the time, and enough before it. */
function pauseMs(
  { waits }: DominoDependencies,
  { forMs }: Watch,
  { elapsedMs }: Pick<Attempt, 'elapsedMs'>,
): number {
  const left = Math.max(0, forMs - elapsedMs);
  const most = left > 0 ? Math.min(forMs / leastLooks, left) : waits.lastLookMs;
  return Math.round(Math.max(waits.firstLookMs, Math.min(nextLookMs(elapsedMs, waits), most)));
}

async function look(deps: DominoDependencies, of: Watch, elapsedMs: number): Promise<Look> {
  const { modelApiId, versionId, number } = of.deployment;
  const { deployment: state } = await deps.domino.modelApis.getVersion({ path: { modelApiId, versionId } });
  const phase = servingPhase(state);
  const which = `version ${number ?? versionId}`;
  const seen = `${which} is ${sayStatus(state?.status ?? 'not known to the platform')}`;
  if (isReplaced({ phase, deployment: of.deployment }, elapsedMs, deps.waits))
    return { state: 'replaced', seen };
  if (phase === 'failed' || phase === 'stopped') return { state: 'ended', seen };
  if (phase === 'unknown') return { state: 'unclear', seen };
  if (phase !== 'succeeded') return { state: 'failed', seen };
  if (of.probe === undefined) return { state: 'well', seen };
  const line = await probe(deps, of.probe, of);
  return line === null
    ? { state: 'well', seen: `${seen}, and the probe ${of.probe} is content` }
    : { state: 'failed', seen: `${seen}, but the probe ${of.probe} is not content: ${line}` };
}

/** What is wrong; `null` when nothing is. */
async function probe(
  deps: DominoDependencies,
  name: string,
  { deployment, sample }: Watch,
): Promise<string | null> {
  const configured = deps.probe(name);
  if (configured === null) return 'the configuration of this worker has none of this name';
  const { modelApiId } = deployment;
  const answer = await askProbe(configured, { modelApiId, sample: sample as Json | undefined }); // it came as JSON
  return answer.ok ? null : answer.line;
}
