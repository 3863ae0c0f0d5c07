/**
 * Reads a pipeline document and checks it whole: its grammar, what its names stand for, and what its expressions come to.
 * Nothing is asked of anybody: what it knows of connections it is told.
 */
import { overlaps } from '../../run/schedules/overlaps.js';
import { isTaken } from '../../run/run-names.js';
import { isPipeline } from '../../pipelines/built-in.js';
import type { Json } from '../../run/steps.js';
import {
  type DocumentStep,
  type PipelineDocument,
  mostSteps,
  usualFinally,
} from '../../pipelines/document/document.js';
import { type JsonSchema, isSchema, typesOf } from '../../pipelines/document/json-schema.js';
import { DocumentFault, type YamlDocument, parseYaml } from '../yaml.js';
import type { Connections } from './connections.js';
import { type DraftStep, draftSteps, nameFault } from './draft.js';
import { type Reading, type Reference, checkText } from './expression-check.js';
import { type Faults, type PipelineFault, TooManyFaults, createFaults } from './faults.js';
import { Document } from './grammar.js';
import { checkSchema, inputReader, inputSchemaOf } from './input-check.js';
import { tellIssues } from './issues.js';
import { approvalsOf } from './approvals.js';
import { checkedKinds } from './kinds.js';
import { metricsByStep, metricsOf } from './metrics.js';
import { orderOf } from './order.js';
import { documentSchema } from './document-schema.js';
import { type CheckedStep, type Checks, checkStep, endsRun } from './step-check.js';
import { createTypes } from './types.js';
import { isTemplate } from '../../pipelines/document/templates.js';
import { checkKeys, templatesIn } from './values.js';
import { fitType } from './value-types.js';
import { warnOfUnheld } from './unheld.js';
import { warn } from './warnings.js';
import { reservedNames } from './words.js';

export interface CheckOptions extends Connections {
  /** As faults name it. */
  readonly file: string;
}

/** A document that may be run, with what it hardly means, or everything that is wrong with it. */
export type Checked =
  | { readonly ok: true; readonly document: PipelineDocument; readonly warnings: readonly PipelineFault[] }
  | { readonly ok: false; readonly faults: readonly PipelineFault[] };

/** Each run is started with its document, and with those that it runs. */
const largest = 256 * 1024;

/** Reads and checks a document, as text or as the bytes of a file. */
export function checkDocument(text: string | Uint8Array, { file, ...connections }: CheckOptions): Checked {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  let yaml: YamlDocument;
  try {
    yaml = parseYaml(bytes, { name: file, takesProto: true });
  } catch (error) {
    if (!(error instanceof DocumentFault)) throw error;
    const { line, column, problem } = error.at ?? { line: 1, column: 1, problem: error.message };
    return { ok: false, faults: [{ file, line, column, message: problem }] };
  }
  const faults = createFaults(file, yaml);
  const document = checkAll(yaml.value as Json, { faults, ...connections }); // YAML without tags is JSON
  if (document !== null && new TextEncoder().encode(JSON.stringify(document)).length > largest)
    faults.add(
      [],
      `the document, with those that it runs, is larger than ${largest / 1024} KiB, which is the most that a run is started with`,
    );
  const found = faults.list();
  if (document === null || found.length > 0) return { ok: false, faults: found };
  warn(yaml, faults);
  return { ok: true, document, warnings: faults.warnings() };
}

type Context = Connections & { readonly faults: Faults };

/** Checks it until so much is wrong that nobody would read more. */
function checkAll(value: Json, context: Context): PipelineDocument | null {
  try {
    return checkValue(value, context);
  } catch (error) {
    if (error instanceof TooManyFaults) return null;
    throw error;
  }
}

/** `null` of what is no document at all. */
function checkValue(value: Json, context: Context): PipelineDocument | null {
  const { faults } = context;
  const { error } = Document.safeParse(value);
  if (error !== undefined)
    tellIssues(error.issues, { faults, base: [], schema: documentSchema, isDynamic: () => false });
  if (!isSchema(value)) return null;
  const count = stepsIn(value) + stepsIn(value['finally']);
  if (count > mostSteps) {
    faults.add(['steps'], `there are ${count} steps; at most ${mostSteps} are allowed`, 'key');
    return null; // to check them all would take long, and they will be others
  }
  const input = inputSchemaOf(value['input']);
  checkSchema(input, ['input'], faults);
  checkInputType(input, faults);
  checkName(value['pipeline'], faults);
  const steps = draftSteps(value, context);
  const main = steps.filter(({ isLast }) => !isLast);
  if (main.length === 0 && isSchema(value['steps'])) faults.add(['steps'], 'there are no steps', 'key');
  const ends = outcomesIn(steps);
  const checks: Checks = {
    ...{
      faults,
      steps,
      types: createTypes(input, steps, ends.areAll ? ends.outcomes : null),
      readInput: inputReader(input),
    },
    sources: { input, isId: (step, field) => isIdIn(steps, step, field) },
  };
  const checked = steps.map((step) => checkStep(step, checks));
  const waits = orderOf(checked, faults);
  const read: Reference[] = [];
  const outputs = checkOutputs(value['outputs'], checks, (reference) => void read.push(reference));
  const measured = metricsByStep(checked, read);
  const held = heldBy(main);
  const approvals = approvalsOf(checked, waits, faults);
  warnOfUnheld(checked, faults);
  const whole = (one: CheckedStep): [string, DocumentStep] => [
    one.step.name,
    {
      ...one.part,
      ...(waits.get(one.step.name) ?? { needs: [], awaits: [] }),
      ...(measured.has(one.step.name) && { metrics: measured.get(one.step.name) ?? [] }),
      heldBy: held.get(one.step.name) ?? null,
      ...approvals.get(one.step.name), // it knows what it approves: it waits for the same steps
    },
  ];
  const last = checked.filter(({ step }) => step.isLast);
  for (const one of last) checkLast(one, steps, faults);
  return {
    ...header(value),
    input,
    steps: Object.fromEntries(checked.filter(({ step }) => !step.isLast).map(whole)),
    ...(last.length > 0 && {
      finally: { within: finallyWithin(value['finally']), steps: Object.fromEntries(last.map(whole)) },
    }),
    outputs,
    outcomes: ends.outcomes,
    metrics: metricsOf(checked),
    ...childrenOf(steps),
    fits: fitsOf(checked),
  };
}

const stepsIn = (value: Json | undefined): number => {
  const steps = isSchema(value) ? value['steps'] : undefined;
  return isSchema(steps) ? Object.keys(steps).length : 0;
};

/** Callers name each value of an input. */
function checkInputType(input: JsonSchema, faults: Faults): void {
  if (!typesOf(input).includes('object'))
    faults.add(['input', 'type'], 'input must be an object: leave its type out, and list its properties');
}

/** Ids of runs begin with the name of their pipeline. */
function checkName(name: Json | undefined, faults: Faults): void {
  if (typeof name !== 'string') return; // said by the grammar
  if (isPipeline(name))
    faults.add(['pipeline'], `"${name}" is a pipeline that Longhaul brings along: use another name`);
  if (isTaken(name))
    faults.add(['pipeline'], `"${name}" is taken: ids of Longhaul’s own workflows begin with it`);
  if (reservedNames.has(name)) faults.add(['pipeline'], `"${name}" is taken: use another name`);
}

function header({ pipeline, description, overlap, within }: JsonSchema) {
  return {
    longhaul: 'pipeline/v1' as const,
    pipeline: typeof pipeline === 'string' ? pipeline : '',
    ...(typeof description === 'string' && { description }),
    overlap: overlaps.find((one) => one === overlap) ?? 'skip',
    ...(typeof within === 'string' && { within }),
  };
}

const finallyWithin = (last: Json | undefined): string =>
  isSchema(last) && typeof last['within'] === 'string' ? last['within'] : usualFinally;

function isIdIn(steps: readonly DraftStep[], step: string, field: string): boolean {
  const kind = steps.find(({ name }) => name === step)?.kind;
  return kind?.written.holds[field] === 'an id';
}

/** The nearest step above each that can say no. */
function heldBy(steps: readonly DraftStep[]): Map<string, string> {
  const held = new Map<string, string>();
  let holder: string | null = null;
  for (const { name, kind } of steps) {
    if (holder !== null) held.set(name, holder);
    if (kind?.written.holdsBack === true) holder = name;
  }
  return held;
}

/** At the end nobody knows how far a run has come: what is read of its steps may be missing. */
function checkLast({ step, references }: CheckedStep, steps: readonly DraftStep[], faults: Faults): void {
  const condition = typeof step.written['if'] === 'string' ? step.written['if'] : '';
  for (const { name, how, path, text, offset, said } of references) {
    const isMain = steps.some((one) => one.name === name && !one.isLast);
    if (!isMain || how === 'awaits' || condition.includes(`steps.${name}.state`)) continue;
    faults.addIn(
      path,
      text,
      offset,
      `${said} may be missing when the run ends early: test steps.${name}.state under \`if\`, or read it as ${said.replaceAll('.', '.?')}.orValue(…)`,
    );
  }
}

function checkOutputs(
  written: Json | undefined,
  { faults, types, steps, readInput }: Checks,
  refer: Reading['refer'],
): PipelineDocument['outputs'] {
  if (!isSchema(written)) return {};
  const reading: Reading = {
    ...{ faults, types, cel: types.steps, readInput },
    names: steps.filter(({ isLast }) => !isLast).map(({ name }) => name),
    noItem: 'a step with `each` has one',
    refer,
    failsUnseen: (name) => endsRun(steps, name),
  };
  for (const name of Object.keys(written)) {
    const fault = nameFault(name, 'an output');
    if (fault !== null) faults.add(['outputs', name], fault, 'key');
  }
  for (const [name, value] of Object.entries(written)) checkKeys(value, ['outputs', name], faults);
  for (const { path, text } of templatesIn(written, ['outputs'])) {
    const [only] = checkText(text, path, reading)?.expressions ?? [];
    if (only != null) fitType(only, [], { types, said: path.join('.') });
  }
  return written;
}

/** The outcomes that steps give, and whether no expression comes to another. */
function outcomesIn(steps: readonly DraftStep[]): { outcomes: readonly string[]; areAll: boolean } {
  const given = steps.flatMap(({ kind, written }) =>
    kind?.short === 'end' && isSchema(written['with']) ? [written['with']['outcome']] : [],
  );
  const texts = given.flatMap((outcome) =>
    typeof outcome === 'string' && !isTemplate(outcome) ? [outcome] : [],
  );
  return { outcomes: [...new Set(texts)], areAll: texts.length === given.length };
}

function childrenOf(steps: readonly DraftStep[]): Pick<PipelineDocument, 'children'> {
  const children = steps.flatMap(({ runs }) => (runs === undefined ? [] : [[runs.pipeline, runs] as const]));
  return children.length === 0 ? {} : { children: Object.fromEntries(children) };
}

/** What the values of expressions must fit, by kind and key: it travels with the document. */
function fitsOf(checked: readonly CheckedStep[]): PipelineDocument['fits'] {
  const fits: Record<string, Record<string, JsonSchema>> = {};
  for (const { step, checked: of } of checked) {
    const properties = step.kind === null ? undefined : checkedKinds[step.kind.name]?.schema['properties'];
    for (const key of of.dynamic) {
      const schema = isSchema(properties) ? properties[key] : undefined;
      if (step.kind !== null && isSchema(schema)) (fits[step.kind.name] ??= {})[key] = withoutProse(schema);
    }
  }
  return fits;
}

function withoutProse(schema: JsonSchema): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      key === 'description' && typeof value === 'string' ? undefined : value,
    ),
  ) as JsonSchema; // a part of what it was
}
