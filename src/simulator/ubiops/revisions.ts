/** Revisions of environments. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import { startBuild, isExpired } from './environment-builds.js';
import { activeBuild, buildView, needEnvironment, revisionView } from './environment-views.js';
import { needOwn } from './environments.js';
import { type Call, Download, type Handlers } from './handlers.js';
import { fileIn, neededBy, packageOf, textIn } from './packages.js';
import { type Simulation, birth, listed, need } from './world/simulation.js';
import type { Environment, Package, Revision } from './world/state.js';

type Own = Handlers<typeof ubiops>['revisions'];

/** The handlers of revisions. */
export const revisions: Own = {
  async upload(simulation, { path, body, note }) {
    const environment = needOwn(simulation, path);
    const uploaded = await uploadedBy(simulation, { path, body });
    const build = startBuild(simulation, uploaded, {
      ...{ trigger: 'Environment file upload', needs: neededBy(environment) },
    });
    const { email: createdBy } = simulation.state.user;
    const revision: Revision = { ...birth(simulation), createdBy, package: uploaded, builds: [build] };
    environment.revisions.push(revision);
    const at = { name: environment.name, project: path.projectName };
    note({ change: 'created', kind: 'environmentRevision', id: revision.id, ...at, texts: [uploaded.name] });
    note({ change: 'created', kind: 'environmentBuild', id: build.id, ...at });
    return { success: true, revision: revision.id, build: build.id };
  },

  list(simulation, { path }) {
    const environment = needEnvironment(simulation, path);
    return listed(simulation, environment.revisions).map((one) => revisionView(simulation, environment, one));
  },

  get(simulation, { path }) {
    const environment = needEnvironment(simulation, path);
    return revisionView(simulation, environment, needRevision(simulation, environment, path.revisionId));
  },

  download(simulation, { path }) {
    const environment = needEnvironment(simulation, path);
    const { name, content } = needFile(simulation, needRevision(simulation, environment, path.revisionId));
    return new Download(name, content);
  },

  rebuild(simulation, { path, note }) {
    const environment = needOwn(simulation, path);
    const revision = needRevision(simulation, environment, path.revisionId);
    const build = startBuild(simulation, needFile(simulation, revision), {
      ...{ trigger: 'Rebuild triggered', needs: neededBy(environment) },
    });
    revision.builds.push(build);
    const at = { name: environment.name, project: path.projectName };
    note({ change: 'created', kind: 'environmentBuild', id: build.id, ...at });
    return buildView(simulation, revision, build);
  },
};

/** A revision by its id. */
export const needRevision = (simulation: Simulation, { revisions }: Environment, id: string): Revision =>
  need(simulation, revisions, 'Environment revision', (one) => one.id === id);

/** @throws Refusal 404 when the file is gone */
function needFile(simulation: Simulation, revision: Revision): Package {
  if (isExpired(simulation, revision))
    throw new Refusal(404, 'The file of the environment revision has expired');
  return revision.package;
}

/**
 * What was uploaded, or that of the environment that was named.
 *
 * @throws Refusal 400 for neither and for both
 */
async function uploadedBy(
  simulation: Simulation,
  { path, body }: Pick<Call<(typeof ubiops)['revisions']['upload']>, 'path' | 'body'>,
): Promise<Package> {
  const [file, source] = [fileIn(body), textIn(body, 'source_environment')];
  if ((file === undefined) === (source === undefined))
    throw new Refusal(400, 'Either file or source_environment must be provided');
  if (file !== undefined) return packageOf(file);
  const from = needEnvironment(simulation, { ...path, environmentName: source ?? '' });
  const active = activeBuild(simulation, from)?.revision ?? from.revisions.at(-1);
  if (active === undefined) throw new Refusal(400, `Environment ${from.name} has no file`);
  return needFile(simulation, active);
}
