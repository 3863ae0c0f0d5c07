/** Documents of users as workloads: which of them can be played, and how they are put on the stage. */
import { parseDuration, writeDuration } from '../run/schedules/durations.js';
import type { Json } from '../run/json.js';
import {
  type DocumentStep,
  type PipelineDocument,
  allSteps,
  connectionsOf,
} from '../run/documents/documents.js';
import { EvaluationFailure, prepareDocument } from '../pipelines/document/evaluate.js';
import {
  type PlatformName,
  type StagedConnection,
  type Workload,
  platformNames,
  platformSpeed,
} from './workload.js';

/** So many runs at once where they take turns at a model: more would only wait until faults have stopped. */
const widthOfTurns = 4;

/** A document with the input that the door has checked. */
export interface GivenDocument {
  readonly document: PipelineDocument;
  readonly input: Json;
  /** As the configuration says it. */
  readonly platformOf: (connection: string) => string | null;
  readonly dialectOf: (connection: string) => string | null;
}

/** What of a document cannot be played, and why, a line each; none of one that can. */
export function unplayable({ document, input, platformOf }: GivenDocument): string[] {
  const steps = allSteps(document);
  if (connectionsOf(document).length === 0) return ['it acts on no platform, so there is nothing to disturb'];
  return steps.flatMap(([name, step]) => {
    if (step.connection !== null && platformIn(step, platformOf) === null)
      return [
        `${name} acts on ${step.connection}, which is no connection of a platform that chaos simulates`,
      ];
    const why = whyNot(document, name, { step, input });
    return why === null ? [] : [`${name} ${why}`];
  });
}

/** The platform on which a step acts: of its kind or, where any platform has that, of its connection. */
function platformIn(
  { kind, connection }: DocumentStep,
  platformOf: GivenDocument['platformOf'],
): PlatformName | null {
  const stated = connection === null ? null : (platformOf(connection) ?? kind.split('.')[0]);
  return platformNames.find((name) => name === stated) ?? null;
}

/** The platforms that a document acts on. */
export const platformsOf = ({ document, platformOf }: GivenDocument): readonly PlatformName[] => [
  ...new Set(allSteps(document).flatMap(([, step]) => platformIn(step, platformOf) ?? [])),
];

function whyNot(
  document: PipelineDocument,
  name: string,
  { step, input }: { readonly step: DocumentStep; readonly input: Json },
): string | null {
  switch (step.kind) {
    case 'http':
      return 'asks a service: chaos has no services';
    case 'pipeline':
      return 'runs another pipeline: chaos judges the effects of the runs that it starts, not of their child runs';
    case 'approve':
      return mayRun(document, name, input)
        ? 'waits for an approval, which nobody gives here: use an input for which its `if` is false'
        : null;
    default:
      return namesProbe(step.with) ? 'names a probe: chaos has no probes' : null;
  }
}

/** Whether the condition of a step may hold, as far as the input alone tells. */
function mayRun(document: PipelineDocument, name: string, input: Json): boolean {
  try {
    return prepareDocument(document).isAsked(name, { input });
  } catch (error) {
    if (error instanceof EvaluationFailure) return true; // it depends on what the run comes to
    throw error;
  }
}

/** What a request holds is no name of a probe. */
const namesProbe = (value: Json | undefined): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(
    ([key, inner]) =>
      (key === 'probe' && typeof inner === 'string') ||
      (key !== 'sample' && key !== 'body' && namesProbe(inner)),
  );

/** The worlds of the caller’s, by platform; left out, the simulator’s own. */
export type Worlds = Readonly<Partial<Record<PlatformName, string>>>;

/**
 * Runs of one document with one input, which must succeed undisturbed. They share every name that it makes. The stage has
 * the first connection to each platform that it names, and all steps act on those.
 */
export function workloadOfDocument(
  { document, input, platformOf, dialectOf }: GivenDocument,
  worlds: Worlds,
): Workload {
  const staged = new Map<PlatformName, StagedConnection>();
  for (const [, step] of allSteps(document)) {
    const platform = platformIn(step, platformOf);
    const name = step.connection;
    if (platform === null || name === null || staged.has(platform)) continue;
    staged.set(platform, { name, platform, ...(dialectOf(name) === 'v2' && { dialect: 'v2' }) });
  }
  const [first, ...more] = staged.values();
  if (first === undefined) throw new Error('the document acts on no platform');
  const played = onStage(document, (step) => {
    const platform = platformIn(step, platformOf);
    return platform === null ? null : (staged.get(platform)?.name ?? null);
  });
  const width = widthFor(document);
  return {
    ...{ connections: [first, ...more], buildMs: null, isGiven: true },
    ...{ disturbedMs: 45_000, cancelledWithinMs: 14_000 },
    worldOf: ({ platform }) => worlds[platform],
    ...(width !== null && { width }),
    plan: (index, { place: { prefix } }) => ({
      key: `${prefix}-${String(index).padStart(4, '0')}`,
      pipeline: played,
      input: input as Readonly<Record<string, unknown>>, // an object, as the door has checked
      ends: ['succeeded'],
    }),
  };
}

/** How many runs at once are of use; `null` where they do not take turns. Of those that do not wait for their turn, one. */
function widthFor(document: PipelineDocument): number | null {
  const steps = allSteps(document).map(([, step]) => step);
  if (steps.some(({ with: { whenBusy = 'wait' } }) => whenBusy !== 'wait')) return 1;
  const takesTurns = ({ kind, with: given }: DocumentStep): boolean =>
    'trains' in given || ['domino.deploy', 'domino.decide', 'ubiops.deployment'].includes(kind);
  return steps.some(takesTurns) ? widthOfTurns : null;
}

/** The document as its runs carry it here. */
function onStage(
  document: PipelineDocument,
  connectionOf: (step: DocumentStep) => string | null,
): PipelineDocument {
  const staged = (steps: PipelineDocument['steps']): PipelineDocument['steps'] =>
    Object.fromEntries(
      Object.entries(steps).map(([name, step]) => [
        name,
        inStageTime({
          ...step,
          connection: connectionOf(step),
          with: withoutTexts(step),
        }),
      ]),
    );
  return {
    ...document,
    steps: staged(document.steps),
    ...(document.finally && { finally: { ...document.finally, steps: staged(document.finally.steps) } }),
  };
}

/** Titles and descriptions of the user’s make way: the checks read there whose an object is. */
function withoutTexts({ kind, with: given }: DocumentStep): DocumentStep['with'] {
  if (!platformNames.some((platform) => kind.startsWith(`${platform}.`))) return given;
  const { title: _title, description: _description, ...rest } = given;
  return rest;
}

/** What a document waits for by itself passes as fast as time does on the platform. */
function inStageTime(step: DocumentStep): DocumentStep {
  const { kind, with: given, tries } = step;
  const { for: waits = kind === 'domino.watch' ? '10m' : undefined } = given;
  const waiting = (kind === 'domino.watch' || kind === 'pause') && typeof waits === 'string';
  return {
    ...step,
    ...(waiting && { with: { ...given, for: shortened(waits) } }),
    ...(tries && { tries: { ...tries, backoff: shortened(tries.backoff), upTo: shortened(tries.upTo) } }),
  };
}

/** An expression stays as it is. */
function shortened(duration: string): string {
  const ms = parseDuration(duration);
  return ms === null ? duration : writeDuration(Math.max(1_000, ms / platformSpeed));
}
