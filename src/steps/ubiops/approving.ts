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
  const { settings, promote } = spec;
  const files = firstOf(filesOf(spec.files));
  const variables = firstOf(digestedEach(spec.variables));
  const of = { deployment, version, input, output, supportsRequestFormat, description };
  const content = {
    ...{ files: files.first, moreFiles: files.more },
    ...{ variables: variables.first, moreVariables: variables.more },
  };
  // Through JSON, as a history keeps it: what is undefined is not there.
  const deploys = JSON.parse(
    JSON.stringify({ ...of, ...settings, ...content, promote }),
  ) as DeploymentSubject['deploys'];
  const trained = trainedIn(before);
  const subject = { connection, project, deploys, trained };
  return {
    ...{ subject, lines: linesOf(spec, { connection, files, variables, trained }) },
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
  digestedEach(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, withUnixLineEnds(text)])),
  );

/** Whatever a text says, nobody is sent it who decides on an approval: workflow code cannot mask what is secret of it. */
const digestedEach = (texts: Readonly<Record<string, string>>): Readonly<Record<string, Digested>> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, digested(text)] as const));

interface Digested {
  readonly bytes: number;
  readonly sha256: string;
}

function digested(text: string): Digested {
  const bytes = utf8Of(text);
  return { bytes: bytes.length, sha256: sha256Of(bytes) };
}

/** Temporal ends no run for what it asks, but takes no more than 2 MiB of it at once: the rest has a digest. */
const most = { entries: 200, letters: 500 } as const;

interface First<V> {
  readonly first: Readonly<Record<string, V>>;
  /** All others, by name; left out where there are none. */
  readonly more?: Digested & { readonly count: number };
}

/** As many as an approver reads, in their order; of more than that, the first by name. */
function firstOf<V>(of: Readonly<Record<string, V>>): First<V> {
  const all = Object.entries(of);
  if (all.length <= most.entries) return { first: of };
  all.sort(([a], [b]) => (a < b ? -1 : 1));
  const more = all.slice(most.entries);
  return {
    first: Object.fromEntries(all.slice(0, most.entries)),
    more: { count: more.length, ...digested(JSON.stringify(more)) },
  };
}

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
  readonly files: First<Digested>;
  readonly variables: First<Digested>;
  readonly trained: ReturnType<typeof trainedIn>;
}

/** The digits that people compare. */
const shownDigits = 16;

function linesOf(
  { project, deployment, version, settings, supportsRequestFormat, ...spec }: DeploymentStepSpec,
  { connection, files, variables, trained }: Stated,
): SubjectLine[] {
  const { instanceType, retentionSeconds } = settings;
  const lines: (readonly [string, string | undefined])[] = [
    ['deployment', deployment],
    ['connection', connection],
    ['project', project],
    ['version', version],
    ['goes live', spec.promote ? 'yes' : 'no: `promote` is false'],
    ['environment', short(sayEnvironment(settings))],
    ['instance type', instanceType],
    ['instances', sayInstances(settings)],
    ['retention', retentionSeconds === undefined ? undefined : `${retentionSeconds} s`],
    ['input', short(sayShape(spec.input))],
    ['output', short(sayShape(spec.output))],
    ['request format', supportsRequestFormat === undefined ? undefined : String(supportsRequestFormat)],
    ...Object.entries(files.first).map(
      ([path, of]) => ['file', `${short(path)} (${of.bytes} B), ${sayDigest(of)}`] as const,
    ),
    ['files', sayMore(files)],
    ...Object.entries(variables.first).map(
      ([name, of]) => ['variable', `${short(name)}, ${sayDigest(of)}`] as const,
    ),
    ['variables', sayMore(variables)],
    ...Object.entries(trained).map(([step, id]) => ['rests on', short(`${step}: ${id}`)] as const),
    ['description', spec.description === undefined ? undefined : short(spec.description)],
  ];
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

const short = (text: string): string =>
  text.length <= most.letters ? text : `${text.slice(0, most.letters - 1)}…`;

const sayDigest = ({ sha256 }: Digested): string => `SHA-256 ${sha256.slice(0, shownDigits)}`;

const sayMore = ({ more }: First<unknown>): string | undefined =>
  more === undefined ? undefined : `and ${more.count} more, ${sayDigest(more)}`;

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
