/** What the items of a step will do, each as a step of its own. */
import { EvaluationFailure } from '../../pipelines/document/evaluate.js';
import { itemsValue } from '../../pipelines/document/scope.js';
import { outputOf, stepOf } from '../../pipelines/replay-request.js';
import type { Planned, PlannedStep } from '../../run/replays/replays.js';
import type { Json } from '../../run/steps.js';
import { itemName, itemOf } from '../../steps/ends.js';
import type { Fanning } from '../../steps/define.js';
import { type StepPlanning, outputsOf, planStep, unevaluated } from './step-plan.js';

/** The step as a whole, and its items, where what they are made from is known. */
export async function planItems(planning: StepPlanning): Promise<Planned> {
  const { record, request, name, kind, planned, input } = planning;
  const { each } = kind;
  const isKnown = kind.madeOf.every((other) => planned.get(other)?.output !== undefined);
  if (each === undefined || request.skip?.[name] !== undefined) return planStep(planning);
  const quiet = { name, cleans: [], calls: [], generation: 1 };
  if (!isKnown) {
    const step = { ...quiet, action: 'run', why: 'its items are known when what it reads has run' } as const;
    // Those that were begun make something new, if they are still items then.
    const begun = await planEach(planning, each, itemsBefore(planning));
    return { step, items: begun.map((one) => one.step), output: undefined, changed: true };
  }
  const passed = kind.passes(input, outputsOf(planned));
  if (passed !== null) {
    const before = outputOf(record, name);
    const step = { ...quiet, action: 'skipped', why: passed.reason } as const;
    return { step, output: null, changed: before !== undefined && before !== null };
  }
  const items = itemsIn(planning, each);
  return together(planning, items, await planEach(planning, each, items));
}

async function planEach(planning: StepPlanning, each: Fanning, items: readonly Json[]): Promise<Planned[]> {
  const of: Planned[] = [];
  for (const [index, item] of items.entries()) {
    const name = itemName(planning.name, index);
    of.push(await planStep({ ...planning, name, kind: each.stepOf(item, index), item }));
  }
  return of;
}

/** The items that the attempt has had, in order. */
const itemsBefore = ({ record, name }: StepPlanning): readonly Json[] =>
  record.steps.flatMap((step) => (itemOf(step.name)?.step === name ? [step.item ?? null] : []));

function itemsIn({ name, input, planned }: StepPlanning, each: Fanning): readonly Json[] {
  try {
    return each.itemsOf(input, outputsOf(planned));
  } catch (error) {
    throw error instanceof EvaluationFailure ? unevaluated(name, error) : error;
  }
}

function together({ record, name }: StepPlanning, items: readonly Json[], of: readonly Planned[]): Planned {
  const steps = of.map(({ step }) => step);
  const isIdle = steps.every(({ action }) => idle.includes(action));
  const outputs = of.map(({ output }) => output);
  const isWhole = outputs.every((output) => output !== undefined);
  const before = stepOf(record, name).items;
  return {
    step: {
      ...{ name, cleans: [], calls: [], generation: 1 },
      ...{ action: isIdle ? 'reused' : 'run', why: sayItems(steps) },
    },
    items: steps,
    output: isWhole
      ? itemsValue(
          'succeeded',
          items.map((item, index) => ({
            ...{ item, state: 'succeeded', output: outputs[index] ?? null },
            tries: steps[index]?.generation ?? 1,
          })),
        )
      : undefined,
    // Where the history alone tells of the attempt, how many there were is not known.
    changed: (before ?? items.length) !== items.length || of.some(({ changed }) => changed) || !isWhole,
    lost: of.some(({ lost }) => lost === true),
    differs: of.flatMap(({ differs = [] }) => differs),
  };
}

const idle: readonly PlannedStep['action'][] = ['reused', 'skipped', 'supplied'];

function sayItems(steps: readonly PlannedStep[]): string {
  const counts = new Map<string, number>();
  for (const { action } of steps) counts.set(action, (counts.get(action) ?? 0) + 1);
  const said = [...counts].map(([action, count]) => `${count} ${action === 'run' ? 'to run' : action}`);
  return `${steps.length} ${steps.length === 1 ? 'item' : 'items'}${said.length === 0 ? '' : `: ${said.join(', ')}`}`;
}
