/** Builds of revisions of environments. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import { buildView, needEnvironment } from './environment-views.js';
import type { Handlers } from './handlers.js';
import { needRevision } from './revisions.js';
import { type Simulation, listed, need } from './world/simulation.js';
import type { EnvironmentBuild, Revision } from './world/state.js';
import { isOver } from './world/timelines.js';

type Own = Handlers<typeof ubiops>['builds'];
type Path = Readonly<Record<'projectName' | 'environmentName' | 'revisionId' | 'buildId', string>>;

/** The handlers of builds. */
export const builds: Own = {
  list(simulation, { path }) {
    const revision = needRevision(simulation, needEnvironment(simulation, path), path.revisionId);
    return listed(simulation, revision.builds).map((build) => buildView(simulation, revision, build));
  },

  get(simulation, { path }) {
    const { revision, build } = needBuild(simulation, path);
    return buildView(simulation, revision, build);
  },

  update(simulation, { path, note }) {
    const { revision, build } = needBuild(simulation, path);
    if (isOver(build, simulation.clock.now())) throw new Refusal(400, 'The build has already ended');
    build.cancelledAt = simulation.clock.now();
    const at = { name: path.environmentName, project: path.projectName };
    note({ change: 'changed', kind: 'environmentBuild', id: build.id, ...at });
    return buildView(simulation, revision, build);
  },

  dependencies(simulation, { path }) {
    const { revision } = needBuild(simulation, path);
    return revision.package.dependencies.map((one) => ({ ...one }));
  },
};

function needBuild(simulation: Simulation, path: Path): { revision: Revision; build: EnvironmentBuild } {
  const revision = needRevision(simulation, needEnvironment(simulation, path), path.revisionId);
  const build = need(simulation, revision.builds, 'Environment build', ({ id }) => id === path.buildId);
  return { revision, build };
}
