/** What the steps of a document name on their platforms, as far as its input alone tells: it is looked up before they run. */
import { type Named, type PlacedPreflight, containers } from '../../run/inputs/preflight.js';
import { kindNamed } from '../../steps/kinds.js';
import { writtenKinds } from '../../steps/written-kinds.js';
import type { MadeThere, MayMake } from '../../steps/written-kind.js';
import type { DocumentStep, PipelineDocument } from './document.js';
import { EvaluationFailure, type EvaluableDocument } from './evaluate.js';
import type { Scope } from './expressions.js';
import { waitedFor } from './waited-for.js';

interface Whole {
  readonly document: PipelineDocument;
  readonly evaluable: EvaluableDocument;
  /** What is known before anything has run. */
  readonly scope: Scope;
}

/** By connection: of those on which a step looks anything up. */
export function preflightsOf(
  document: PipelineDocument,
  evaluable: EvaluableDocument,
  scope: Scope,
): readonly PlacedPreflight[] {
  const looking = Object.values(document.steps).flatMap(({ kind, connection }) =>
    kindNamed(kind)?.looksUp === true && connection !== null ? [connection] : [],
  );
  return [...new Set(looking)].flatMap(
    (connection) => preflightOn({ document, evaluable, scope }, connection) ?? [],
  );
}

function preflightOn(whole: Whole, on: string): PlacedPreflight | null {
  const { document, evaluable, scope } = whole;
  const named = Object.entries(document.steps).flatMap(([name, step]): Named[] => {
    if (step.connection !== on || !isCertain(whole, name, step)) return [];
    return evaluable.namesOf(name, scope).flatMap(({ value, field, mayBeMade, ...rest }) => {
      const one = { ...rest, field: `steps.${name}.with.${field}`, value: value ?? '' };
      return mayBeMade === true && mayBeMadeBefore(whole, name, one) ? [] : [one];
    });
  });
  const project = named.find(({ kind }) => kind === 'project')?.value;
  return project === undefined ? null : { connection: on, project, named: once(named) };
}

/** Whether the input alone says that a step runs, unless the run ends before. */
function isCertain(
  { evaluable, scope }: Whole,
  name: string,
  { each, if: condition }: DocumentStep,
): boolean {
  try {
    if (condition !== undefined && !evaluable.isAsked(name, scope)) return false;
    return each === undefined || evaluable.itemsOf(name, scope)?.length !== 0;
  } catch (error) {
    if (error instanceof EvaluationFailure) return false;
    throw error;
  }
}

/** Whether a step of the document makes it, or may make it before the step that names it begins. */
function mayBeMadeBefore(
  { document, evaluable, scope }: Whole,
  name: string,
  { kind, value, within }: Named,
): boolean {
  const { steps } = document;
  const isOne = (made: MadeThere): boolean =>
    (made.kind === kind && [undefined, value].includes(made.value)) ||
    (made.kind === containers[kind] && [undefined, within].includes(made.value));
  const isMade = Object.entries(steps).some(
    ([other, { connection }]) =>
      other !== name && connection === steps[name]?.connection && evaluable.makesOf(other, scope).some(isOne),
  );
  const makers: readonly (MayMake | undefined)[] =
    kind === 'file' || kind === 'bucket' ? ['files', 'anything'] : ['anything'];
  const mayMake = (other: string) => writtenKinds[steps[other]?.kind ?? '']?.mayMake;
  return isMade || [...waitedFor(steps, name)].some((other) => makers.includes(mayMake(other)));
}

/** Each object once, where it is named first; projects before what is in them. */
const once = (named: readonly Named[]): Named[] =>
  named
    .filter((one, at) => named.findIndex((other) => isSame(one, other)) === at)
    .toSorted((one, other) => Number(other.kind === 'project') - Number(one.kind === 'project'));

const isSame = (one: Named, other: Named): boolean =>
  (['kind', 'value', 'within', 'project'] as const).every((key) => one[key] === other[key]);
