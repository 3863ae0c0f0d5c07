/** Deployments as effects: ensured by their name. */
import { ubiops } from '../../../contract/ubiops/index.js';
import { PlatformError } from '../../../platform/errors.js';
import type { Effect } from '../../../run/undoing/effects.js';
import type {
  DeploymentEffects,
  DeploymentSpec,
  DeploymentStart,
  Shape,
} from '../../../steps/ubiops/deployments.js';
import { type Attempt, attempted } from '../../effect/attempt.js';
import { creating, ensure, maySent } from '../../effect/ensure.js';
import type { Holds } from '../../effect/holds.js';
import { fromKnown, ifThere } from '../../effect/known-objects.js';
import type { Preflights } from '../../effect/preflights.js';
import { lookTwice } from '../../effect/second-look.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { needed, needing, projectNeeded } from '../missing.js';
import { defaultOf } from './serving.js';

type Own = Pick<DeploymentEffects, 'ensureDeployment' | 'getDefaultVersion'>;

/** Builds them. */
export const createDeploymentActivities = (
  deps: UbiOpsDependencies,
  { ensureHold, check }: Pick<Holds, 'ensureHold'> & Pick<Preflights, 'check'>,
): Own => ({
  ensureDeployment: creating(deps, async (asked: Parameters<Own['ensureDeployment']>[0], attempt) => {
    await check(asked, { tries: attempt.number, sent: maySent(attempt) });
    await ensureHold(asked);
    const { spec, given } = asked;
    return needing(deps, [projectNeeded({ ...spec, given })], () => ensureDeployment(deps, asked, attempt));
  }),
  getDefaultVersion: attempted(
    deps,
    // One look that shows none proves nothing: what was promoted a moment ago may not be shown yet.
    fromKnown(async (asked: Parameters<Own['getDefaultVersion']>[0], { number: tries }: Attempt) => {
      const { deployment: value } = asked;
      await check(asked, { tries });
      const needs = [projectNeeded(asked), ...needed(asked, 'deployment', 'deployment', { value })];
      return needing(
        deps,
        needs,
        async () => (await defaultOf(deps, asked)) ?? lookTwice(deps, () => defaultOf(deps, asked)),
      );
    }),
  ),
});

/**
 * A name is taken once in a project, so a deployment is found by it, whoever has made it. Whatever code a platform refuses a
 * second one with, it is looked for once more then.
 */
async function ensureDeployment(
  deps: UbiOpsDependencies,
  { spec, begunBefore }: Effect & { readonly spec: DeploymentSpec },
  attempt: Attempt,
): Promise<DeploymentStart> {
  const { deployments, training } = deps.ubiops;
  const { project: projectName, deployment: deploymentName } = spec;
  // Where a list leaves it out, an experiment would be made without a package.
  const look = async () => templateIn(await training.templates({}), deploymentName);
  const template = 'isForTraining' in spec ? await lookTwice(deps, look) : null;
  const found = { created: false, templateId: template?.id ?? null };
  return ensure<DeploymentStart>(attempt, {
    ...{ lookFirst: true, begunBefore, unlessThere: true },
    find: async () => {
      const there = await ifThere(deployments.get({ path: { projectName, deploymentName } }));
      if (there === null) return null;
      if (!('isForTraining' in spec)) refuseOther(spec, there);
      return found;
    },
    create: async () => {
      const body = 'isForTraining' in spec ? bodyOfTemplate(template) : bodyOf(spec);
      await deployments.create({ path: { projectName }, body }, { deadlineMs: attempt.deadlineMs });
      return { ...found, created: true };
    },
  });
}

type Deployments = UbiOpsDependencies['ubiops']['deployments'];
type Found = Awaited<ReturnType<Deployments['get']>>;
type NewDeployment = Parameters<Deployments['create']>[0]['body'];
type Stated = Exclude<DeploymentSpec, { readonly isForTraining: true }>;
type Template = Awaited<ReturnType<UbiOpsDependencies['ubiops']['training']['templates']>>[number];

/** The template is known by the name of the deployment that is made from it. */
const templateIn = (templates: readonly Template[], name: string): Template | null =>
  templates.find(({ details }) => details?.['name'] === name) ?? null;

/** What of a template a deployment is made from. */
function bodyOfTemplate(template: Template | null): NewDeployment {
  const { body: schema } = ubiops.deployments.create;
  const details = Object.entries(template?.details ?? {}).filter(
    ([key, value]) => value !== null && Object.hasOwn(schema.shape, key),
  );
  const parsed = schema.safeParse(Object.fromEntries(details));
  if (parsed.success) return parsed.data;
  throw new PlatformError(
    'ANSWER_UNEXPECTED',
    template === null
      ? 'the platform has no template for trainings: it lists none of this name'
      : `the platform’s template for trainings has no usable ${parsed.error.issues[0]?.path.join('.') ?? 'form'}`,
  );
}

const bodyOf = ({
  deployment,
  input,
  output,
  supportsRequestFormat,
  description,
}: Stated): NewDeployment => ({
  name: deployment,
  ...(input === 'plain'
    ? { input_type: 'plain' as const }
    : { input_type: 'structured' as const, input_fields: fieldsOf(input) }),
  ...(output === 'plain'
    ? { output_type: 'plain' as const }
    : { output_type: 'structured' as const, output_fields: fieldsOf(output) }),
  ...(supportsRequestFormat !== undefined && { supports_request_format: supportsRequestFormat }),
  ...(description !== undefined && { description }),
});

const fieldsOf = (shape: Exclude<Shape, 'plain'>) =>
  Object.entries(shape).map(([name, data_type]) => ({ name, data_type }));

/** What has the name must take and give what is asked for: programs that send requests rely on it. */
function refuseOther({ project, deployment, ...asked }: Stated, found: Found): void {
  const shapes = [
    ['takes', shapeOf(found.input_type, found.input_fields), sayShape(asked.input)],
    ['gives', shapeOf(found.output_type, found.output_fields), sayShape(asked.output)],
  ] as const;
  const other = shapes.find(([, is, wanted]) => is !== wanted);
  const supports = found.supports_request_format;
  const fault =
    other !== undefined
      ? `${other[0]} ${other[1]}, not ${other[2]}`
      : asked.supportsRequestFormat !== undefined && supports === !asked.supportsRequestFormat
        ? `${supports ? 'supports' : 'does not support'} the request format`
        : null;
  if (fault !== null)
    throw new PlatformError(
      'CONFLICT',
      `the deployment ${JSON.stringify(deployment)} of project ${project} ${fault}; use another name, or change it on the platform`,
    );
}

const shapeOf = (
  type: string | null | undefined,
  fields: readonly { readonly name: string; readonly data_type: string }[] | null | undefined,
): string =>
  type === 'plain'
    ? 'plain text'
    : sayShape(Object.fromEntries((fields ?? []).map(({ name, data_type }) => [name, data_type])));

/** The order of fields means nothing. */
const sayShape = (shape: Shape): string =>
  shape === 'plain'
    ? 'plain text'
    : `{ ${Object.entries(shape)
        .map(([name, type]) => `${name}: ${type}`)
        .sort()
        .join(', ')} }`;
