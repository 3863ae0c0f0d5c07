/** What an approver is shown of a version that would be put live. */
import type { Json } from '../../run/json.js';
import { withUnixLineEnds } from '../../run/documents/line-ends.js';
import type { Metrics } from '../../run/retraining/metrics.js';
import type { DeploymentSubject, SubjectLine } from '../../run/retraining/retraining.js';
import { sha256Of, utf8Of } from '../../run/approvals/digest.js';
import { type Deploying, shownMetrics } from '../approve.js';
import type { Around } from '../written-kind.js';
import { type DeploymentStepSpec, versionOf } from './deployment.js';
import type { PackageFiles, Shape, VersionSettings } from './deployments.js';
import type { UbiOpsCalls } from './effects.js';

/** States it for an approval: all that decides what goes live, and which requests and trainings it rests on. */
export function deployingVersion(
  spec: DeploymentStepSpec,
  { connection, before, judged, metrics: named }: Around,
): Deploying<UbiOpsCalls> {
  const { project, deployment, input, output, supportsRequestFormat, description, version } = spec;
  const { settings, variables, promote } = spec;
  const files = filesOf(spec.files);
  const of = { deployment, version, input, output, supportsRequestFormat, description };
  // Through JSON, as a history keeps it: what is undefined is not there.
  const deploys = JSON.parse(
    JSON.stringify({ ...of, ...settings, files, variables, promote }),
  ) as DeploymentSubject['deploys'];
  const trained = trainedIn(before);
  const subject = { connection, project, deploys, trained };
  return {
    ...{ subject, lines: linesOf(spec, { connection, files, trained }) },
    compared: async ({ effect, effects }) => {
      const { live, ...compared } = await effects.getLiveVersion({
        connection: effect.connection,
        spec: versionOf(spec),
      });
      return {
        model: deployment,
        metrics: shownMetrics(metricsIn(before, judged), named),
        live: live === null ? null : { version: live, metrics: {} },
        ...compared,
      };
    },
  };
}

/** Each file as it is sent: editors differ in the ends of lines. */
const filesOf = (files: PackageFiles) =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => {
      const bytes = utf8Of(withUnixLineEnds(text));
      return [path, { bytes: bytes.length, sha256: sha256Of(bytes) }] as const;
    }),
  );

const fieldIn = (value: Json | undefined, key: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [field: string]: Json })[key]
    : undefined;

/** By step: the requests, trainings and jobs among what the steps before have come to. */
const trainedIn = (before: Around['before']): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(before).flatMap(([step, value]) => {
      const ids = jobIdsIn(value);
      return ids.length === 0 ? [] : [[step, ids.join(', ')] as const];
    }),
  );

/** Of a request, a training or a job; of a step with `each`, those of its items. */
function jobIdsIn(value: Json): string[] {
  const items = fieldIn(value, 'items');
  return [value, ...(Array.isArray(items) ? (items as readonly Json[]) : [])].flatMap((one) => {
    const id = fieldIn(one, 'jobId');
    return typeof id === 'string' ? [id] : [];
  });
}

/** Of the step that is judged; where none is, of the last one that has measured anything. */
function metricsIn(before: Around['before'], judged: string | undefined): Metrics {
  const outputs = judged === undefined ? Object.values(before) : [before[judged]];
  const metrics = outputs.map((output) => fieldIn(output, 'metrics')).findLast((one) => one !== undefined);
  return (metrics ?? {}) as Metrics; // as the kinds that measure say of their output
}

/** What is stated of a deployment beside its spec. */
interface Stated {
  readonly connection: string;
  readonly files: ReturnType<typeof filesOf>;
  readonly trained: ReturnType<typeof trainedIn>;
}

/** The digits that people compare. */
const shownDigits = 16;

function linesOf(
  { project, deployment, version, settings, variables, supportsRequestFormat, ...spec }: DeploymentStepSpec,
  { connection, files, trained }: Stated,
): SubjectLine[] {
  const { instanceType, retentionSeconds } = settings;
  const lines: (readonly [string, string | undefined])[] = [
    ['deployment', deployment],
    ['connection', connection],
    ['project', project],
    ['version', version],
    ['goes live', spec.promote ? 'yes' : 'no: `promote` is false'],
    ['environment', sayEnvironment(settings)],
    ['instance type', instanceType],
    ['instances', sayInstances(settings)],
    ['retention', retentionSeconds === undefined ? undefined : `${retentionSeconds} s`],
    ['input', sayShape(spec.input)],
    ['output', sayShape(spec.output)],
    ['request format', supportsRequestFormat === undefined ? undefined : String(supportsRequestFormat)],
    ...Object.entries(files).map(
      ([path, { bytes, sha256 }]) =>
        ['file', `${path} (${bytes} B), SHA-256 ${sha256.slice(0, shownDigits)}`] as const,
    ),
    ...Object.entries(variables).map(([name, value]) => ['variable', `${name}=${value}`] as const),
    ...Object.entries(trained).map(([step, id]) => ['rests on', `${step}: ${id}`] as const),
    ['description', spec.description],
  ];
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: short(value) }]));
}

/** An approver reads no more of one line; the subject has all of it. */
const mostLetters = 500;

const short = (text: string): string =>
  text.length <= mostLetters ? text : `${text.slice(0, mostLetters - 1)}…`;

const sayEnvironment = ({ environment, tag, environmentRevision: revision }: VersionSettings): string =>
  sayList([
    environment,
    tag === undefined ? undefined : `tag ${tag}`,
    revision === undefined ? undefined : `revision ${revision}`,
  ]);

function sayInstances({ minimumInstances, maximumInstances, idleSeconds }: VersionSettings) {
  const said = sayList([
    minimumInstances === undefined ? undefined : `at least ${minimumInstances}`,
    maximumInstances === undefined ? undefined : `at most ${maximumInstances}`,
    idleSeconds === undefined ? undefined : `idle for at most ${idleSeconds} s`,
  ]);
  return said === '' ? undefined : said;
}

const sayList = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join(', ');

const sayShape = (shape: Shape): string =>
  shape === 'plain'
    ? 'plain text'
    : Object.entries(shape)
        .map(([name, type]) => `${name}: ${type}`)
        .join(', ');
