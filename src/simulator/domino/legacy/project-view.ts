/** Projects as `/v4` shows them. */
import type { Simulation } from '../world/simulation.js';
import type { Project } from '../world/state.js';
import { tagsOf } from './tags.js';

/** A project of `/v4`, with its tags. */
export const projectView = (simulation: Simulation, project: Project) => {
  const billingTag = simulation.state.billingTagOf.get(project.id);
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    visibility: project.visibility,
    ownerId: project.owner.id,
    ownerUsername: project.owner.name,
    collaborators: [...project.collaborators.values()].map(({ id, role }) => ({
      collaboratorId: id,
      projectRole: role.charAt(0).toUpperCase() + role.slice(1),
    })),
    tags: tagsOf(simulation, project),
    ...(billingTag !== undefined && { billingTag: { tag: billingTag } }),
  };
};
