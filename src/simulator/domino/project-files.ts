/** Files of a project at a commit. */
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { domino } from '../../contract/domino/index.js';
import { notFound } from '../errors.js';
import { need } from '../simulation.js';
import type { Handlers } from './handlers.js';

/** The handlers of project files. */
export const projectFiles: Handlers<typeof domino>['projectFiles'] = {
  async content({ state }, { path }) {
    need(state.projects, path.projectId, 'project');
    const folder = need(state.commits, path.commitId, 'commit');
    const file = folder === null ? undefined : await readInside(folder, path.path);
    if (file === undefined) throw notFound('file', path.path);
    return file;
  },
};

/** The bytes of a file, unless it is none or lies outside of the folder, be it by a link. */
async function readInside(folder: string, path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    return file.startsWith(root + sep) ? new Uint8Array(await readFile(file)) : undefined;
  } catch {
    return undefined;
  }
}
