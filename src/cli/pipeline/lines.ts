/** Pipelines and their faults as people read them. */
import type { PipelineFault } from '../../documents/pipeline/faults.js';
import {
  type DocumentStep,
  type PipelineDocument,
  allSteps,
  usualAtOnce,
} from '../../pipelines/document/document.js';
import { isSchema, schemasIn, textsIn, typesOf } from '../../pipelines/document/json-schema.js';
import { cut, harmless } from '../terminal/paint.js';
import { fittedTableLines, lineWidth, wrap } from '../terminal/table.js';

/** Each fault with the line that it is in, and a caret where. */
export function faultLines(faults: readonly PipelineFault[], text: string): string[] {
  const lines = text.split(/\r?\n/);
  return faults.flatMap(({ file, line, column, message }) => [
    `${harmless(file)}:${line}:${column}: ${harmless(message)}`,
    ...excerpt(lines[line - 1] ?? '', line, column),
  ]);
}

/** The line, or the part of a long one in which the fault is. */
function excerpt(text: string, line: number, column: number): string[] {
  const head = `${String(line).padStart(5)} | `;
  const room = lineWidth - head.length;
  const from = Math.max(0, column - 1 - Math.floor((room * 3) / 4));
  const shown = cut(text.slice(from).replaceAll('\t', ' '), room);
  return [`${head}${harmless(shown)}`.trimEnd(), `${' '.repeat(5)} | ${' '.repeat(column - 1 - from)}^`];
}

/** In one line: its name, how many steps, and what holds back what. */
export function summaryLines(document: PipelineDocument): string[] {
  const steps = allSteps(document);
  return [
    `${document.pipeline}, ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`,
    ...holdingLines(steps),
  ];
}

function holdingLines(steps: readonly (readonly [string, DocumentStep])[]): string[] {
  const holders = [...new Set(steps.flatMap(([, { heldBy }]) => heldBy ?? []))];
  return holders.map((holder) => {
    const held = steps.filter(([, { heldBy }]) => heldBy === holder).map(([name]) => name);
    return `${holder} holds back ${held.join(', ')}`;
  });
}

/** A document: its input, its steps, and what it hands over. */
export function documentLines(document: PipelineDocument): string[] {
  const { description, input, outputs, outcomes, finally: last } = document;
  return [
    ...(description === undefined ? [] : [...wrap(harmless(description)), '']),
    ...fittedTableLines(['INPUT', 'TYPE', '', 'MEANING'], inputRows(input)),
    '',
    ...fittedTableLines(stepHeading, stepRows(document.steps)),
    ...(last === undefined
      ? []
      : [
          '',
          `At the end, also of a failed or cancelled run, for at most ${last.within}:`,
          ...fittedTableLines(stepHeading, stepRows(last.steps)),
        ]),
    '',
    ...[
      ...holdingLines(allSteps(document)),
      ...(outcomes.length === 0 ? [] : [`it may end early with ${outcomes.join(', ')}`]),
      `it hands over ${Object.keys(outputs).join(', ') || 'nothing'}`,
    ].flatMap((line) => wrap(line)),
  ];
}

const stepHeading = ['STEP', 'KIND', 'CONNECTION', 'WAITS FOR', 'NOTE'];

const inputRows = (input: PipelineDocument['input']): string[][] =>
  schemasIn(input['properties']).map(([key, schema]) => {
    const { description, default: usual, enum: allowed } = schema;
    const isRequired = textsIn(input['required']).includes(key);
    const type = typesOf(schema).join(' or ') || (Array.isArray(allowed) ? 'one of several' : 'any value');
    const need = usual !== undefined ? `default ${JSON.stringify(usual)}` : isRequired ? 'required' : '';
    return [key, type, cut(need, 30), typeof description === 'string' ? description : ''].map(harmless);
  });

const stepRows = (steps: PipelineDocument['steps']): string[][] =>
  Object.entries(steps).map(([name, step]) => {
    const { kind, connection, needs, awaits } = step;
    return [name, kind, connection ?? '', [...needs, ...awaits].join(', '), notesOf(step)].map(harmless);
  });

function notesOf({
  if: condition,
  each,
  atOnce = usualAtOnce,
  onFailure,
  within,
  tries,
}: DocumentStep): string {
  return [
    ...(condition === undefined ? [] : ['conditional']),
    ...(each === undefined ? [] : [`for each ${sayEach(each)}, ${atOnce} at once`]),
    ...(onFailure === 'continue' ? ['its failure does not end the run'] : []),
    ...(within === undefined ? [] : [`within ${within}`]),
    ...(tries === undefined ? [] : [`${tries.count} tries`]),
  ].join('; ');
}

function sayEach(each: DocumentStep['each']): string {
  if (Array.isArray(each)) return `of ${each.length}`;
  return isSchema(each) ? Object.keys(each).join(' × ') : 'item of a list';
}
