/**
 * What a document says of a step once the values are known: whether it runs, for which items, and what it is made from.
 * Pure: the kernel and a plan ask the same, and get the same answer.
 */
import type { Failure } from '../../run/failures/errors.js';
import { readCondition, readMetricName } from '../../run/retraining/condition.js';
import type { Json } from '../../run/steps.js';
import type { Deploying } from '../../steps/approve.js';
import {
  type AnyWrittenKind,
  type Around,
  type MadeThere,
  type ModelThere,
  type NamedThere,
  Unfit,
} from '../../steps/written-kind.js';
import { writtenKinds } from '../../steps/written-kinds.js';
import { type DocumentStep, type PipelineDocument, allSteps, mostItems } from './document.js';
import { ExpressionFault, type Scope, inShort } from './expressions.js';
import { isSchema, listIn, misfitsOf } from './json-schema.js';
import { type Template, compileChecked, compileTemplate, isTemplate } from './templates.js';
import { waitedFor } from './waited-for.js';

/** Why a document has no answer: `EXPRESSION_FAILED`, with the expression and the values that it saw. */
export class EvaluationFailure extends Error implements Failure {
  readonly code = 'EXPRESSION_FAILED';
}

/** A document whose expressions are ready to be evaluated. Every method throws `EvaluationFailure`. */
export interface EvaluableDocument {
  /** Whether the condition of a step holds. */
  isAsked(step: string, scope: Scope): boolean;
  /** The items of a step’s `each`, in order; `null` of a step without one. */
  itemsOf(step: string, scope: Scope): readonly Json[] | null;
  /**
   * What a step is made from: the spec of its kind. The scope of an item has `item` and `index`. `isChild`: whether another run
   * has given the input, and may have made what it names.
   */
  specOf(step: string, scope: Scope, isChild?: boolean): object;
  /** What the deployment that an approval is for would deploy; `null` of a step that asks for none. */
  deployingOf(approval: string, scope: Scope): Deploying | null;
  /** What a step names on its platform, as far as the scope can tell. */
  namesOf(step: string, scope: Scope): readonly NamedThere[];
  /** The project of a step or, where it names none, of a step whose output it takes; as far as the scope can tell. */
  projectOf(step: string, scope: Scope): string | undefined;
  /** What a step makes under names of its own; of a name that the scope cannot tell, there is no value. */
  makesOf(step: string, scope: Scope): readonly MadeThere[];
  /** The model that a step decides on, registers or deploys, as far as the scope can tell. */
  modelOf(step: string, scope: Scope): ModelThere;
  /** What the pipeline hands over: what reads a step that did not run is left out. */
  outputsOf(scope: Scope): { readonly [name: string]: Json };
}

/** Prepares a checked document; each expression is parsed when it is first asked for. */
export function prepareDocument(document: PipelineDocument): EvaluableDocument {
  const steps = new Map(allSteps(document));
  const prepared = new Map<string, Prepared>();
  const preparedOf = (name: string): Prepared => {
    const step = steps.get(name);
    if (step === undefined) throw new TypeError(`the document has no step "${name}"`);
    const known = prepared.get(name) ?? prepare(step);
    prepared.set(name, known);
    return known;
  };
  return {
    isAsked: (name, scope) => {
      const { condition } = preparedOf(name);
      if (condition === null) return true;
      const value = evaluated(() => condition(scope));
      if (typeof value === 'boolean') return value;
      throw new EvaluationFailure(
        `if of "${name}" must be true or false; it came to ${JSON.stringify(value)}`,
      );
    },
    itemsOf: (name, scope) => {
      const { each } = preparedOf(name);
      return each === null
        ? null
        : itemsIn(
            evaluated(() => each(scope)),
            name,
          );
    },
    specOf: (name, scope, isChild = false) => {
      const of = preparedOf(name);
      const deploying = deployingOf(document, preparedOf, of.step, scope) ?? undefined;
      const mayNameMade = () => isChild || mayNameWhatIsMade(document, name);
      return specOf({ document, name, of, around: { deploying, mayNameMade } }, scope);
    },
    deployingOf: (name, scope) => deployingOf(document, preparedOf, preparedOf(name).step, scope),
    namesOf: (name, scope) => namesOf(preparedOf, name, scope),
    projectOf: (name, scope) => projectOf(preparedOf, name, scope),
    makesOf: (name, scope) => {
      const { kind, with: given } = preparedOf(name);
      return kind.makes(knownIn(given, scope));
    },
    modelOf: (name, scope) => {
      const { kind, with: given } = preparedOf(name);
      return kind.model(knownIn(given, scope));
    },
    outputsOf: (scope) => outputsOf(document.outputs, scope),
  };
}

interface Prepared {
  readonly step: DocumentStep;
  readonly kind: AnyWrittenKind;
  readonly condition: Template | null;
  readonly each: Template | null;
  readonly with: readonly (readonly [key: string, Template])[];
}

function prepare(step: DocumentStep): Prepared {
  const kind = Object.hasOwn(writtenKinds, step.kind) ? writtenKinds[step.kind] : undefined;
  if (kind === undefined) throw new TypeError(`there is no kind of step "${step.kind}"`);
  const condition = step.if === undefined ? null : compileChecked(step.if);
  return {
    ...{ step, kind },
    condition: condition && ((scope) => condition.evaluate(scope)),
    each: step.each === undefined ? null : compileTemplate(step.each),
    with: Object.entries(step.with).map(([key, value]) => [key, compileTemplate(value)] as const),
  };
}

/** Turns the fault of an expression, and a spec that cannot be, into the failure for which a step parks. */
function evaluated<T>(evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof ExpressionFault || error instanceof Unfit)
      throw new EvaluationFailure(error.message);
    throw error;
  }
}

/** A list as it is; of lists by name, their product, the last name changing fastest. */
function itemsIn(value: Json, name: string): readonly Json[] {
  const items = Array.isArray(value) ? (value as readonly Json[]) : isSchema(value) ? productOf(value) : null;
  if (items === null)
    throw new EvaluationFailure(`each of "${name}" must be a list; it came to ${short(value)}`);
  if (items.length > mostItems)
    throw new EvaluationFailure(
      `each of "${name}" came to ${items.length} items; at most ${mostItems} are allowed`,
    );
  checkSize(items, `each of "${name}"`);
  return items;
}

function productOf(lists: { readonly [name: string]: Json }): readonly Json[] | null {
  let product: readonly { readonly [name: string]: Json }[] = [{}];
  for (const [name, list] of Object.entries(lists)) {
    if (!Array.isArray(list)) return null;
    if (product.length * list.length > mostItems * mostItems) return Array<null>(mostItems + 1).fill(null); // too many, and said so
    product = product.flatMap((one) => list.map((item: Json) => ({ ...one, [name]: item })));
  }
  return product;
}

interface Making {
  readonly document: PipelineDocument;
  readonly name: string;
  readonly of: Prepared;
  readonly around: Pick<Around, 'deploying' | 'mayNameMade'>;
}

function specOf({ document, name, of, around }: Making, scope: Scope): object {
  const values = valuesOf(document, of, scope, name);
  return evaluated(() => of.kind.specOf(values, { ...aroundOf(document, of.step, scope), ...around }));
}

function deployingOf(
  document: PipelineDocument,
  preparedOf: (step: string) => Prepared,
  approval: DocumentStep,
  scope: Scope,
): Deploying | null {
  const { approves, judged } = approval;
  if (approves === undefined) return null;
  const of = preparedOf(approves);
  const values = valuesOf(document, of, scope, 'the deployment');
  // What both wait for, so that both see the same: one that is asked for earlier knows less.
  const waitsFor = [of.step, approval].map(({ needs, awaits }) => [...needs, ...awaits]);
  const known = isSchema(scope.steps) ? scope.steps : {};
  const before = Object.keys(document.steps).flatMap((name) => {
    const output = waitsFor.every((names) => names.includes(name)) ? known[name] : undefined;
    return output === undefined ? [] : [[name, output] as const];
  });
  return evaluated(() =>
    of.kind.deploying(values, {
      ...{ ...aroundOf(document, of.step, scope), judged },
      before: Object.fromEntries(before),
    }),
  );
}

const aroundOf = (
  { metrics }: PipelineDocument,
  { connection, takes, each, within, tries, metrics: named = [], with: given }: DocumentStep,
  scope: Scope,
): Around => ({
  connection: connection ?? '',
  stepOf: (key) => takes[key] ?? '',
  isItem: each !== undefined,
  within: tries?.within ?? within,
  metrics: metricsIn(metrics, scope),
  named: metricsIn(named, scope),
  ...{ deploying: undefined, before: {}, judged: undefined, mayNameMade: () => true },
  isGiven: (key) => {
    const value = given[key];
    if (value === undefined || reads(value, 'steps')) return false;
    return each === undefined || !reads(each, 'steps') || !reads(value, 'item');
  },
});

/** Metrics by name. What an expression names, as a name or in conditions, is left out where it is not known yet. */
const metricsIn = (metrics: readonly string[], scope: Scope): string[] =>
  metrics.flatMap((text) => {
    if (!isTemplate(text)) return [text];
    const said = whereKnown(compileTemplate(text), scope) ?? null;
    return (Array.isArray(said) ? listIn(said) : [said]).flatMap(metricSaid);
  });

function metricSaid(text: Json): string[] {
  if (typeof text !== 'string') return [];
  const condition = readCondition(text);
  if (condition.ok) return [condition.value.metric];
  const name = readMetricName(text);
  return name.ok ? [name.value] : [];
}

/** Whether a step that ends before this one may have made what this one names: also by a name that is written out. */
function mayNameWhatIsMade({ steps }: PipelineDocument, name: string): boolean {
  // Steps under `finally` begin when all others have ended.
  if (steps[name] === undefined) return true;
  return [...waitedFor(steps, name)].some((other) => writtenKinds[steps[other]?.kind ?? '']?.isPure !== true);
}

/** Whether an expression in it reads that. One that only has the word in it is taken to do so too. */
function reads(value: Json, name: 'steps' | 'item'): boolean {
  const text = JSON.stringify(value);
  const from = text.indexOf('${{');
  return from !== -1 && new RegExp(`\\b${name}\\b`).test(text.slice(from));
}

/** The arguments of a step; each that an expression came to fits its schema. */
function valuesOf(
  document: PipelineDocument,
  { step, kind, with: given }: Prepared,
  scope: Scope,
  name: string,
) {
  const fits = document.fits[step.kind] ?? {};
  const values: Record<string, Json> = {};
  for (const [key, template] of given) {
    const value = evaluated(() => template(scope));
    const schema = fits[key];
    const [misfit] = schema === undefined ? [] : misfitsOf(schema, value, [key]);
    if (misfit !== undefined)
      throw new EvaluationFailure(
        `with.${misfit.path.join('.')} of "${name}" ${misfit.problem}; it came to ${short(valueAt(value, misfit.path.slice(1)))}`,
      );
    values[key] = value;
  }
  // What is computed here alone goes into no history.
  if (document.fits[step.kind] !== undefined && !kind.isPure) checkSize(values, `with of "${name}"`);
  return values;
}

/** How many characters of JSON a step is made from, and a pipeline hands over: Temporal ends a run that sends it far more. */
const largest = 256 * 1024;

const isLarge = (value: unknown): boolean => JSON.stringify(value).length > largest;

function checkSize(value: unknown, what: string): void {
  if (isLarge(value))
    throw new EvaluationFailure(
      `${what} came to more than ${largest / 1024} KiB; large things belong on the platform, and steps name them`,
    );
}

const valueAt = (value: Json, path: readonly (string | number)[]): Json =>
  path.reduce<Json>((inner, part) => {
    if (Array.isArray(inner)) return (inner as readonly Json[])[Number(part)] ?? null;
    return isSchema(inner) ? (inner[part] ?? null) : null;
  }, value);

const short = (value: Json): string => inShort(JSON.stringify(value));

/** Of the arguments, those that can be told; what cannot is not named. */
function namesOf(preparedOf: (step: string) => Prepared, name: string, scope: Scope): readonly NamedThere[] {
  const { kind, step, with: given } = preparedOf(name);
  const ofTaken = (key: string): string | undefined => {
    const taken = step.takes[key];
    return taken === undefined ? undefined : projectOf(preparedOf, taken, scope);
  };
  // A value that does not fit is refused where the step is made from it.
  return kind.names(knownIn(given, scope), ofTaken).filter(({ value }) => typeof value === 'string');
}

function projectOf(preparedOf: (step: string) => Prepared, name: string, scope: Scope): string | undefined {
  const own = namesOf(preparedOf, name, scope).find(({ kind }) => kind === 'project')?.value;
  if (own !== undefined) return own;
  for (const other of Object.values(preparedOf(name).step.takes)) {
    const found = projectOf(preparedOf, other, scope);
    if (found !== undefined) return found;
  }
  return undefined;
}

const knownIn = (given: Prepared['with'], scope: Scope): { readonly [key: string]: Json } =>
  Object.fromEntries(
    given.flatMap(([key, template]) => {
      const value = whereKnown(template, scope);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );

function whereKnown(template: Template, scope: Scope): Json | undefined {
  try {
    return template(scope);
  } catch (error) {
    if (error instanceof ExpressionFault) return undefined;
    throw error;
  }
}

function outputsOf(outputs: PipelineDocument['outputs'], scope: Scope): { readonly [name: string]: Json } {
  let handedOver: { readonly [name: string]: Json } = {};
  for (const [name, value] of Object.entries(outputs)) {
    const known = whereKnown(compileTemplate(value), scope);
    if (known === undefined) continue;
    const more = { ...handedOver, [name]: known };
    if (!isLarge(more)) handedOver = more;
  }
  return handedOver;
}
