/** Files of a project at a commit. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { domino } from '../../contract/domino/index.js';
import { notFound } from '../errors.js';
import { Stored } from '../stored.js';
import { type Simulation, need } from './world/simulation.js';
import type { Project } from './world/state.js';
import type { Handlers } from './handlers.js';

/** The handlers of project files. */
export const projectFiles: Handlers<typeof domino>['projectFiles'] = {
  content: (simulation, { path }) => contentOf(simulation, path),
  listCommits: (simulation, { path }) => [...namedProject(simulation, path).commitIds],
  async list(simulation, { path }) {
    namedProject(simulation, path);
    const folder = need(simulation.state.commits, path.commitId, 'commit');
    const below = path.path.replaceAll(/^\/+|\/+$/g, '');
    const files = folder === null ? [] : await filesOf(folder);
    const wanted = files.filter((file) => below === '' || file.path.startsWith(`${below}/`));
    if (below !== '' && wanted.length === 0) throw notFound('folder', below);
    const url = `${urlOf(path)}/files/${path.commitId}/${below}`;
    const data = wanted.map((file) => ({ ...file, url: `${urlOf(path)}/blobs/${file.key}` }));
    return { object: 'list', objectType: 'list', url, data };
  },
  async upload(simulation, { path, body, note }) {
    const { state, ids, uploads } = simulation;
    const project = namedProject(simulation, path);
    const [head] = project.commitIds;
    const folder = await uploads.commit(state.commits.get(head) ?? null, path.path, body);
    const commitId = ids.commit(`${project.id} ${project.commitIds.length}`);
    state.commits.set(commitId, folder);
    project.commitIds.unshift(commitId);
    note('created', 'commit', commitId);
    const file = await fileView(folder, join(folder, path.path));
    return { ...file, url: `${urlOf(path)}/blobs/${file.key}` };
  },
  async blob(simulation, { path }) {
    for (const commitId of commitsOf(simulation, namedProject(simulation, path))) {
      const folder = simulation.state.commits.get(commitId) ?? null;
      const file = (folder === null ? [] : await filesOf(folder)).find(({ key }) => key === path.key);
      if (folder !== null && file !== undefined) return new Stored(join(folder, file.path), 0, file.size);
    }
    throw notFound('blob', path.key);
  },
};

interface Named {
  readonly owner: string;
  readonly project: string;
}

const urlOf = ({ owner, project }: Named): string => `/v1/projects/${owner}/${project}`;

/** The commits of a project, those of its jobs included. */
const commitsOf = ({ state }: Simulation, project: Project): string[] => [
  ...project.commitIds,
  ...[...state.jobs.values()]
    .filter((job) => job.project === project)
    .map(({ outputCommitId }) => outputCommitId),
];

/**
 * The project that a path of legacy `/v1` names by its owner and name.
 *
 * @throws Refusal 404
 */
export function namedProject({ state }: Simulation, { owner, project: name }: Named): Project {
  const found = [...state.projects.values()].find(
    (one) => one.owner.name === owner && one.name === name && !one.archived,
  );
  if (found === undefined) throw notFound('project', `${owner}/${name}`);
  return found;
}

/**
 * The bytes of a file at a commit.
 *
 * @throws Refusal 404
 */
export async function contentOf(
  { state }: Simulation,
  {
    projectId,
    commitId,
    path,
  }: { readonly projectId: string; readonly commitId: string; readonly path: string },
): Promise<Stored> {
  need(state.projects, projectId, 'project');
  const folder = need(state.commits, commitId, 'commit');
  const file = folder === null ? undefined : await readInside(folder, path);
  if (file === undefined) throw notFound('file', path);
  return file;
}

/** Every file of a folder, in the order of their paths. Links are left out. */
async function filesOf(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(files.sort().map((file) => fileView(folder, file)));
}

/** The key is that of the content: equal files have equal keys. */
async function fileView(folder: string, file: string) {
  const { mtimeMs, size } = await stat(file);
  const hash = createHash('sha1');
  await pipeline(createReadStream(file), hash);
  return {
    path: relative(folder, file).replaceAll(sep, '/'),
    lastModified: Math.round(mtimeMs),
    size,
    key: hash.digest('hex'),
  };
}

/** The bytes of a file, unless it is none or lies outside of the folder, be it by a link. */
async function readInside(folder: string, path: string): Promise<Stored | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    const found = await stat(file);
    return file.startsWith(root + sep) && found.isFile() ? new Stored(file, 0, found.size) : undefined;
  } catch {
    return undefined;
  }
}
