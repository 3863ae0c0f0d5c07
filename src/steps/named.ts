/** Steps by their names. */
import type { PipelineStep } from './define.js';
import { itemOf } from './ends.js';

/** The step of a name, also of an item of one; `null` where there is none. */
export function stepNamed(steps: Readonly<Record<string, PipelineStep>>, name: string): PipelineStep | null {
  if (Object.hasOwn(steps, name)) return steps[name] ?? null;
  const item = itemOf(name);
  const parent = item && Object.hasOwn(steps, item.step) ? steps[item.step] : undefined;
  return (item && parent?.each?.stepOf(null, item.index)) ?? null;
}
