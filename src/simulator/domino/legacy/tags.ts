/** Tags of projects. Projects share them: the same name is the same tag. */
import { z } from 'zod';
import { notFound } from '../../errors.js';
import { iso } from '../handlers.js';
import { type Simulation, need } from '../world/simulation.js';
import type { Project } from '../world/state.js';
import { type Routes, route } from './route.js';
import type { ProjectTag } from './state.js';

/** The routes of tags. */
export const tags: Routes = {
  'v4Projects.addTags': route({
    method: 'POST',
    path: '/v4/projects/{projectId}/tags',
    body: z.strictObject({ tagNames: z.array(z.string().min(1)) }),
    answer(simulation, { path, body, note }) {
      const project = need(simulation.state.projects, path.projectId, 'project');
      const added = addTags(simulation, project, body.tagNames);
      note('changed', 'project', project.id, project.description);
      return added.map(tagView);
    },
  }),
  'v4Projects.removeTag': route({
    method: 'DELETE',
    path: '/v4/projects/{projectId}/tags/{tagId}',
    answer({ state }, { path, note }) {
      const project = need(state.projects, path.projectId, 'project');
      if (state.legacy.tagsOf.get(project.id)?.delete(path.tagId) !== true) throw notFound('tag', path.tagId);
      note('changed', 'project', project.id, project.description);
      return {};
    },
  }),
  'legacyTags.get': route({
    method: 'GET',
    path: '/projectTags/{tagId}',
    answer({ state }, { path }) {
      const tag = need(state.legacy.tags, path.tagId, 'tag');
      return { ...tagView(tag), _id: tag.id, lastAdded: iso(tag.lastAdded) };
    },
  }),
};

/** Adds tags to a project, each made the first time that its name comes up. */
export function addTags(
  { state, ids, clock }: Simulation,
  project: Project,
  names: readonly string[],
): ProjectTag[] {
  const { tags: known, tagsOf: byProject } = state.legacy;
  const own = byProject.get(project.id) ?? new Set();
  byProject.set(project.id, own);
  return names.map((name) => {
    const tag = [...known.values()].find((one) => one.name === name) ?? {
      id: ids.next(),
      name,
      lastAdded: 0,
    };
    tag.lastAdded = clock.now();
    known.set(tag.id, tag);
    own.add(tag.id);
    return tag;
  });
}

/** The tags of a project. */
export const tagsOf = ({ state: { legacy } }: Simulation, project: Project) =>
  [...(legacy.tagsOf.get(project.id) ?? [])].map((id) => tagView(need(legacy.tags, id, 'tag')));

const tagView = ({ id, name }: ProjectTag) => ({ id, name, isApproved: false });
