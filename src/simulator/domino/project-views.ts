/** Projects as the platform shows them. */
import { defaultEnvironment } from './environments.js';
import { chosenTier } from './jobs.js';
import { tagsOf } from './legacy/tags.js';
import type { Simulation } from './world/simulation.js';
import type { Project } from './world/state.js';

/** `ProjectV1`. */
export const projectView = ({ state }: Simulation, project: Project) => ({
  id: project.id,
  name: project.name,
  description: project.description,
  ownerId: project.owner.id,
  ownerUsername: project.owner.name,
  visibility: project.visibility,
  isRestricted: false,
  collaborators: [...project.collaborators.values()],
  ...(state.billingTagOf.has(project.id) && { billingTag: { tag: state.billingTagOf.get(project.id) } }),
});

const ownerOperations = [
  'ChangeProjectSettings',
  'Run',
  'Edit',
  'ViewWorkspaces',
  'UpdateProjectDescription',
  'BrowseReadFiles',
  'EditTags',
  'RunLaunchers',
  'ViewRuns',
];

/** `ProjectGatewayOverview` of `/v4`. */
export function gatewayView(simulation: Simulation, project: Project) {
  const { id, name, description, owner, visibility } = project;
  const tier = chosenTier(simulation, undefined);
  return {
    id,
    name,
    description,
    visibility,
    owner: { id: owner.id, userName: owner.name },
    requestingUserRole: owner.id === simulation.state.user.id ? 'Owner' : 'Contributor',
    allowedOperations: ownerOperations,
    environmentName: defaultEnvironment(simulation).name,
    hardwareTierId: tier.id,
    hardwareTierName: tier.name,
    numComments: 0,
    runsCountByType: [],
    stageId: id,
    status: { status: 'active', isBlocked: false },
    tags: tagsOf(simulation, project),
    totalRunTime: 'PT0S',
  };
}
