/** Billing tags: what projects are charged to. */
import { z } from 'zod';
import { checkBillingTag } from '../projects.js';
import { type Simulation, need } from '../world/simulation.js';
import type { Project } from '../world/state.js';
import { projectView } from './project-view.js';
import { type Routes, route } from './route.js';

const modes = ['Disabled', 'Optional', 'Required'] as const;
const Tag = z.strictObject({ tag: z.string() });
const tagPath = '/v4/cost/billingtags/{name}';
const modePath = '/v4/cost/billingtagSettings/mode';

/** The routes of billing tags and of their settings. */
const settings: Routes = {
  'v4BillingTags.list': route({
    method: 'GET',
    path: '/v4/cost/billingtags',
    answer: ({ state }) => ({
      billingTags: [...state.billingTags].filter(([, { active }]) => active).map(tagView),
    }),
  }),
  'v4BillingTags.create': route({
    method: 'POST',
    path: '/v4/cost/billingtags',
    body: z.strictObject({ billingTags: z.array(z.string().min(1)).min(1) }),
    answer({ state }, { body, note }) {
      for (const tag of body.billingTags) {
        state.billingTags.set(tag, { active: true });
        note('created', 'billingTag', tag);
      }
      return { billingTags: body.billingTags.map((tag) => tagView([tag, { active: true }])) };
    },
  }),
  'v4BillingTags.get': route({
    method: 'GET',
    path: tagPath,
    answer: ({ state }, { path: { name } }) => ({
      billingTag: tagView([name, need(state.billingTags, name, 'billing tag')]),
    }),
  }),
  'v4BillingTags.archive': route({
    method: 'DELETE',
    path: tagPath,
    answer({ state }, { path: { name }, note }) {
      need(state.billingTags, name, 'billing tag');
      state.billingTags.set(name, { active: false });
      note('changed', 'billingTag', name);
      return { billingTag: tagView([name, { active: false }]) };
    },
  }),
  'v4BillingTags.settings': route({
    method: 'GET',
    path: '/v4/cost/billingtagSettings',
    answer: ({ state }) => ({ mode: state.billing.mode }),
  }),
  'v4BillingTags.mode': route({
    method: 'GET',
    path: modePath,
    answer: ({ state }) => ({ mode: state.billing.mode }),
  }),
  'v4BillingTags.updateMode': route({
    method: 'PUT',
    path: modePath,
    body: z.strictObject({ mode: z.enum(modes) }),
    answer({ state }, { body }) {
      state.billing.mode = body.mode;
      return { mode: body.mode };
    },
  }),
};

const projectPath = '/v4/projects/{projectId}/billingtag';
const allPath = '/v4/projects/billingtags/projects';

const ProjectsQuery = z.strictObject({
  offset: z.number().int().default(0),
  pageSize: z.number().int().positive().default(10),
  missingBillingTagOnly: z.boolean().optional(),
  billingTag: z.string().optional(),
  nameFilter: z.string().optional(),
  sortBy: z.string().optional(),
  sortOrder: z.enum(['asc', 'desc']).default('asc'),
});

/** The routes of the billing tags of projects. */
const ofProjects: Routes = {
  'v4Projects.getBillingTag': route({
    method: 'GET',
    path: projectPath,
    answer({ state }, { path }) {
      const { id } = need(state.projects, path.projectId, 'project');
      const tag = state.billingTagOf.get(id);
      return tag === undefined ? null : { tag };
    },
  }),
  'v4Projects.setBillingTag': route({
    method: 'POST',
    path: projectPath,
    body: Tag,
    answer(simulation, { path, body, note }) {
      const project = charge(simulation, path.projectId, body.tag);
      note('changed', 'project', project.id, project.description);
      return projectView(simulation, project);
    },
  }),
  'v4Projects.removeBillingTag': route({
    method: 'DELETE',
    path: projectPath,
    answer(simulation, { path, note }) {
      const project = need(simulation.state.projects, path.projectId, 'project');
      simulation.state.billingTagOf.delete(project.id);
      note('changed', 'project', project.id, project.description);
      return projectView(simulation, project);
    },
  }),
  'v4Projects.listByBillingTag': route({
    method: 'GET',
    path: allPath,
    query: ProjectsQuery,
    answer(simulation, { query }) {
      const found = chargedProjects(simulation, query);
      return {
        page: found
          .slice(query.offset, query.offset + query.pageSize)
          .map((one) => projectView(simulation, one)),
        totalMatches: found.length,
      };
    },
  }),
  'v4Projects.setBillingTags': route({
    method: 'POST',
    path: allPath,
    body: z.strictObject({
      projectsBillingTags: z.array(z.strictObject({ projectId: z.string(), billingTag: Tag })),
    }),
    answer(simulation, { body, note }) {
      const changed = body.projectsBillingTags.map(({ projectId, billingTag: { tag } }) =>
        charge(simulation, projectId, tag),
      );
      for (const { id, description } of changed) note('changed', 'project', id, description);
      return changed.map((project) => projectView(simulation, project));
    },
  }),
};

/** The routes of billing tags. */
export const billingTags: Routes = { ...settings, ...ofProjects };

const tagView = ([tag, { active }]: readonly [string, { readonly active: boolean }]) => ({ tag, active });

function charge(simulation: Simulation, projectId: string, tag: string): Project {
  const project = need(simulation.state.projects, projectId, 'project');
  checkBillingTag(simulation.state, tag);
  simulation.state.billingTagOf.set(project.id, tag);
  return project;
}

function chargedProjects({ state }: Simulation, query: z.output<typeof ProjectsQuery>): Project[] {
  const { billingTag, nameFilter = '', missingBillingTagOnly, sortOrder } = query;
  const found = [...state.projects.values()].filter((project) => {
    const tag = state.billingTagOf.get(project.id);
    const isWanted = missingBillingTagOnly === true ? tag === undefined : (billingTag ?? tag) === tag;
    return !project.archived && isWanted && project.name.includes(nameFilter);
  });
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return sortOrder === 'asc' ? found : found.reverse();
}
