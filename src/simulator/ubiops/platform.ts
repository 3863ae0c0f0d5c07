/** What is asked about the platform and its projects. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { type Handlers, isoMicros } from './handlers.js';
import { hasLabel } from './labels.js';
import { trainingDeployment } from './request-plans.js';
import { need } from './world/simulation.js';

type Groups = Handlers<typeof ubiops>;

/** The handlers of the platform's state. */
export const status: Groups['status'] = { get: () => ({ status: 'ok' }) };

/** The handlers of users. */
export const users: Groups['users'] = {
  self: ({ state: { user } }) => ({
    ...{ id: user.id, email: user.email, name: 'Ada', surname: 'Lovelace' },
    ...{ registration_date: '2023-01-01T00:00:00.000000Z', authentication: 'password' },
  }),
};

const projectView = (
  organization: string,
  { id, name, createdAt }: { id: string; name: string; createdAt: number },
) => ({
  ...{ id, name, organization_name: organization, labels: {}, advanced_permissions: false },
  ...{ credits: null, suspended: false, suspended_reason: null, cors_origins: [] },
  creation_date: isoMicros(createdAt),
});

/** The handlers of projects. */
export const projects: Groups['projects'] = {
  list: ({ state }, { query: { organization, labels } }) =>
    organization === undefined || organization === state.organization
      ? state.projects
          .filter(() => hasLabel({}, labels))
          .map((project) => projectView(state.organization, project))
      : [],
  get(simulation, { path: { projectName } }) {
    const { state } = simulation;
    const project = need(simulation, state.projects, 'Project', ({ name }) => name === projectName);
    return projectView(state.organization, project);
  },
};

const field = (name: string, type: string) => ({ name, data_type: type });

/** Of training: what the vendor's client makes its deployment from. */
const template = {
  id: '5d1b7f1c-5ad2-4f6e-9f58-0a4d0f0f6f01',
  details: {
    name: trainingDeployment,
    description: 'Runs training code',
    ...{ input_type: 'structured', output_type: 'structured' },
    input_fields: [
      field('name', 'string'),
      field('description', 'string'),
      field('training_code', 'file'),
      field('training_data', 'file'),
      field('parameters', 'dict'),
    ],
    output_fields: [
      ...[field('artifact', 'file'), field('metadata', 'dict'), field('metrics', 'dict')],
      field('additional_output_files', 'array_file'),
    ],
  },
};

/** Whether it is the id of a template. */
export const isTemplate = (id: string): boolean => id === template.id;

/** The handlers of training. */
export const training: Groups['training'] = { templates: () => [template] };

/** The handlers of types of instances. */
export const instanceTypes: Groups['instanceTypes'] = {
  list: ({ state }, { query }) =>
    pageOf(
      state.instanceTypes.map(({ id, name, cpu, memoryGiB, gpus, creditRate }) => ({
        ...{
          id,
          name,
          display_name: name,
          cpu,
          memory: memoryGiB * 1024,
          storage: 10_240,
          accelerator: gpus,
        },
        ...{ credit_rate: creditRate, dedicated_node: false },
      })),
      query,
    ),
  listGroups: ({ state }, { query }) =>
    pageOf(
      state.instanceTypes.map(({ groupId, ...type }) => ({
        ...{ id: groupId, name: type.name },
        instance_types: [{ id: type.id, name: type.name, priority: 0, schedule_timeout: 300 }],
      })),
      query,
    ),
};

/** A page; its cursor is the number of items before it. */
function pageOf<T>(
  items: readonly T[],
  { cursor = '0', limit = 50 }: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
): { next: string | null; previous: string | null; results: T[] } {
  const [from, most] = [Number(cursor) || 0, Math.max(1, limit)];
  const at = (offset: number): string => `?cursor=${offset}&limit=${most}`;
  return {
    next: from + most < items.length ? at(from + most) : null,
    previous: from > 0 ? at(Math.max(0, from - most)) : null,
    results: items.slice(from, from + most),
  };
}
