/** Which deployment a step of kind `approve` is for: an approval holds for what would be deployed, and for nothing else. */
import { isSchema } from '../../pipelines/document/json-schema.js';
import type { DraftStep } from './draft.js';
import type { Faults } from './faults.js';
import type { Waits } from './order.js';
import type { CheckedStep } from './step-check.js';

/** Of a step that asks for an approval: what it is for, and what it therefore waits for too. */
export interface Approving extends Waits {
  readonly approves: string;
}

/** For each step that asks for an approval, the deployment below it. */
export function approvalsOf(
  checked: readonly CheckedStep[],
  waits: ReadonlyMap<string, Waits>,
  faults: Faults,
): Map<string, Approving> {
  const approvals = new Map<string, Approving>();
  for (const { step } of checked) {
    if (step.kind?.written.approves !== true) continue;
    const deployment = checked.find(({ step: one }) => one.index > step.index && isDeployment(one));
    if (deployment === undefined) {
      faults.add(
        [...step.path, 'uses'],
        'an approval is for a registered version that is deployed: no step of kind `deploy` is below it',
      );
      continue;
    }
    checkDeployment(step, deployment, checked, faults);
    const own = waits.get(step.name) ?? { needs: [], awaits: [] };
    const { needs } = waits.get(deployment.step.name) ?? own;
    approvals.set(step.name, {
      needs: [...new Set([...own.needs, ...needs.filter((name) => name !== step.name)])],
      awaits: own.awaits,
      approves: deployment.step.name,
    });
  }
  return approvals;
}

const isDeployment = ({ isLast, kind }: DraftStep): boolean => !isLast && kind?.written.deploys === true;

/** What is approved must be known when somebody is asked. */
function checkDeployment(
  step: DraftStep,
  { step: deployment, references }: CheckedStep,
  checked: readonly CheckedStep[],
  faults: Faults,
): void {
  if (deployment.each !== undefined)
    faults.add(
      [...deployment.path, 'each'],
      `"${step.name}" approves one deployment: it cannot have \`each\``,
      'key',
    );
  const indexOf = (name: string): number => checked.find((one) => one.step.name === name)?.step.index ?? -1;
  const given = deployment.written['with'];
  if (isSchema(given) && given['from'] === undefined)
    faults.add(
      [...deployment.path, 'with'],
      `"${step.name}" approves a registered version: give \`from\`, the step that registers it${given['source'] === undefined ? '' : ', in the place of `source`'}`,
      'key',
    );
  for (const { name, path, text, offset } of references) {
    const isArgument = path[deployment.path.length] === 'with';
    if (indexOf(name) < step.index || (name === step.name && !isArgument)) continue;
    const advice =
      name === step.name ? 'it cannot depend on the approval' : `move "${name}" above "${step.name}"`;
    faults.addIn(
      path,
      text,
      offset,
      `"${step.name}" approves what "${deployment.name}" deploys, and must know it before: ${advice}`,
    );
  }
}
