/** Outputs that a person supplies for a step. */
import type { Json } from '../pipeline/steps.js';
import type { Pipeline } from '../steps/define.js';

/** What is wrong with an output that a person supplies for a step; `null` when nothing is. */
export function outputFault({ steps }: Pick<Pipeline, 'steps'>, step: string, output: Json): string | null {
  const known = steps[step];
  if (known === undefined)
    return `there is no step "${step}"; the steps are ${Object.keys(steps).join(', ')}`;
  if (output === null || typeof output !== 'object' || Array.isArray(output))
    return 'the output must be a JSON object';
  const missing = known.holds.filter((key) => !(key in output));
  return missing.length === 0 ? null : `the output of "${step}" lacks ${missing.join(', ')}`;
}
