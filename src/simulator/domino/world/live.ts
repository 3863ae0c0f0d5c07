/** What new work may be done with: what is archived is still read, and takes none. */
import { Refusal } from '../../errors.js';
import { type Simulation, need } from './simulation.js';
import type { Environment, Project } from './state.js';

/**
 * A project that new work can be done in.
 *
 * @throws Refusal 404, and 400 for one that is archived
 */
export function liveProject({ state }: Simulation, id: string): Project {
  const project = need(state.projects, id, 'project');
  if (project.archived) throw archived('project', id);
  return project;
}

/**
 * An environment that something new can run on.
 *
 * @throws Refusal 404, and 400 for one that is archived
 */
export function liveEnvironment({ state }: Simulation, id: string): Environment {
  const environment = need(state.environments, id, 'environment');
  if (environment.archivedAt !== undefined) throw archived('environment', id);
  return environment;
}

/** 400 for something that is archived, and that a request wants to work with. */
export const archived = (kind: string, id: string): Refusal =>
  new Refusal(400, `The ${kind} ${JSON.stringify(id)} is archived`);
