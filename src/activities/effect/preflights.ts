/** Looks up what an input names before anything is made: a run that could only fail fails at once. */
import { LonghaulError, failureKinds } from '../../run/failures/errors.js';
import {
  type Finding,
  type Named,
  type Preflight,
  type PreflightAsked,
  missingIn,
  withoutFollowing,
} from '../../run/inputs/preflight.js';
import { PlatformError } from '../../platform/errors.js';
import { type Attempting, attempted } from './attempt.js';

/** What was found is not looked up again for so long: runs that start together share it. */
const foundForMs = 300_000;
const notFound = 'the platform could not find what the input names, so nothing was made';
/** An outage or a limit is waited for so often, with longer and longer pauses; then what is not known stops nothing. */
const triesOfLookUp = 5;

/** What an effect may be given that is the first of its run. */
export interface Preflighted {
  readonly preflight?: Preflight | undefined;
  readonly begunBefore?: boolean;
}

/** How far an effect has come. */
export interface Begun {
  /** This one included. */
  readonly tries: number;
  /** Whether a try before may have sent. */
  readonly sent?: boolean;
}

/** What a platform says of one name. */
export interface Looked {
  readonly isThere: boolean;
  readonly detail?: string;
}

/** How a platform looks one up. */
export type LookAtNamed = (named: Named, project: string) => Promise<Looked>;

export interface Preflights {
  /** Looks up what an input names. What cannot be looked up is said to be so. */
  lookUp(of: PreflightAsked): Promise<readonly Finding[]>;
  /**
   * Looks up what the first effect of a run brings with it, unless something of it may have been made already, and says
   * whether all of it was seen.
   * @throws LonghaulError `NOT_FOUND`, naming what is missing and what there is instead
   * @throws PlatformError of an outage or a limit, at the first tries
   */
  check(effect: Preflighted, begun: Begun): Promise<boolean>;
}

/** Those of one connection. */
export function createPreflights(attempting: Attempting, look: LookAtNamed): Preflights {
  const lookUp = createLookUp(look);
  const found = new Map<string, number>();
  const isKnown = (key: string): boolean => performance.now() - (found.get(key) ?? -Infinity) < foundForMs;
  return {
    lookUp: attempted(attempting, ({ project, named }) => lookUp({ project, named })),
    check: async ({ preflight, begunBefore = false }, { tries, sent = false }) => {
      if (preflight === undefined || begunBefore || sent) return false;
      const keyOf = ({ kind, value, within, project = preflight.project }: Named): string =>
        JSON.stringify([project, kind, within, value]);
      const named = preflight.named.filter((one) => !isKnown(keyOf(one)));
      const failed: PreflightError[] = [];
      const findings = await lookUp({ ...preflight, named }, (error) => failed.push(error));
      const missing = missingIn(findings);
      if (missing.length > 0) throw new LonghaulError('NOT_FOUND', `${notFound}: ${missing.join('; ')}`);
      for (const [key] of found) if (!isKnown(key)) found.delete(key);
      // What is archived is found as a base alone.
      for (const finding of findings)
        if (finding.verdict === 'found' && finding.detail === undefined)
          found.set(keyOf(finding), performance.now());
      const passing = failed.find(({ code }) => ['backoff', 'after'].includes(failureKinds[code].retry));
      if (passing !== undefined && tries < triesOfLookUp) throw passing;
      return findings.every(({ verdict }) => verdict === 'found');
    },
  };
}

type PreflightError = PlatformError | LonghaulError;

/** A look-up that fails says nothing: whatever it would have shown, the platform says later. `failed` is told of it. */
const createLookUp =
  (look: LookAtNamed) =>
  async ({ project, named: all }: Preflight, failed?: (error: PreflightError) => void): Promise<Finding[]> =>
    withoutFollowing(
      await Promise.all(
        all.map(async (one): Promise<Finding> => {
          try {
            const { isThere, detail } = await look(one, one.project ?? project);
            return {
              ...one,
              verdict: isThere ? 'found' : 'missing',
              ...(detail !== undefined && { detail }),
            };
          } catch (error) {
            if (!(error instanceof PlatformError || error instanceof LonghaulError)) throw error;
            failed?.(error);
            const { code, message } = error;
            return { ...one, verdict: 'unknown', detail: `${message} (${code})`, code };
          }
        }),
      ),
    );
