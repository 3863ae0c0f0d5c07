/** Logs of builds and requests. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import type { Handlers } from './handlers.js';
import { isThere, need, type Simulation } from './world/simulation.js';
import { type Build, buildEnd } from './world/timelines.js';

type Own = Handlers<typeof ubiops>['logs'];

/** A line, at simulated milliseconds, and what it is of. */
interface Line {
  readonly at: number;
  readonly log: string;
  readonly of: Readonly<Record<string, string>>;
}

const dayMs = 86_400_000;

/** The handlers of logs: from now back to yesterday unless told otherwise, and forward where the end is later. */
export const logs: Own = {
  list(simulation, { path: { projectName }, query: { query = '', start, end, limit = 1_000 } }) {
    need(simulation, simulation.state.projects, 'Project', ({ name }) => name === projectName);
    const wanted = [...query.matchAll(/(\w+)\s*=\s*[`"']([^`"']*)[`"']/g)];
    const nowMs = simulation.clock.now();
    const [from, until] = [timeOf(start, nowMs), timeOf(end, nowMs - dayMs)];
    const isForward = from < until;
    const isWithin = (at: number): boolean =>
      isForward ? at >= from && at < until : at <= from && at > until;
    const lines = linesOf(simulation, projectName)
      .filter(({ at, of }) => isWithin(at) && wanted.every(([, key, value]) => of[key ?? ''] === value))
      .sort((one, other) => one.at - other.at);
    return (isForward ? lines : lines.reverse()).slice(0, limit).map(({ at, log, of }) => ({
      timestamp: at * 1_000_000,
      timestamp_str: new Date(at).toISOString(),
      ...{ log, metadata: { ...of, system: false, level: 'info' } },
    }));
  },
};

/** Nanoseconds since the epoch, or ISO 8601. */
function timeOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const ms = /^\d+$/.test(text) ? Number(text) / 1e6 : Date.parse(text);
  if (Number.isNaN(ms)) throw new Refusal(400, `${text} is no time`);
  return ms;
}

function linesOf(simulation: Simulation, project: string): Line[] {
  const { state, clock } = simulation;
  const now = clock.now();
  const environments = state.environments.filter((one) => one.project === project && isThere(one));
  const deployments = state.deployments.filter((one) => one.project === project && isThere(one));
  const all = [
    ...environments.flatMap(({ name, revisions, tags }) => [
      ...revisions
        .flatMap(({ builds }) => builds)
        .flatMap((build) => linesOfBuild(build, { environment_name: name, environment_build_id: build.id })),
      ...tags.flatMap((tag) =>
        tag.builds.flatMap((build) =>
          linesOfBuild(build, { environment_name: name, environment_tag: tag.name }),
        ),
      ),
    ]),
    ...deployments
      .flatMap(({ versions }) => versions)
      .flatMap((version) => {
        const of = { deployment_name: version.deployment.name, deployment_version: version.name };
        return [
          ...version.revisions.flatMap(({ id, builds }) =>
            builds.flatMap((build) => linesOfBuild(build, { ...of, deployment_version_revision_id: id })),
          ),
          ...version.requests.flatMap((request) => {
            const { startsAt, endsAt, cancelledAt = endsAt, plan, id } = request;
            const isOpen = !Number.isFinite(cancelledAt);
            return spread(plan.log, startsAt, isOpen ? now : cancelledAt, {
              ...of,
              deployment_request_id: id,
            });
          }),
        ];
      }),
  ];
  return all.filter(({ at }) => at <= now);
}

const linesOfBuild = (build: Build, of: Line['of']): Line[] =>
  spread(build.log, build.startedAt + build.queuedMs, buildEnd(build), of);

/** Evenly over the time; a line more than a millisecond after the one before. */
const spread = (log: readonly string[], from: number, until: number, of: Line['of']): Line[] =>
  log.map((line, at) => ({
    at: Math.round(from + (Math.max(0, until - from) * (at + 1)) / log.length) + (at + 1) / 1_000,
    log: line,
    of,
  }));
