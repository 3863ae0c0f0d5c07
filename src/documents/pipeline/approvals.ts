/** Which deployment a step of kind `approve` is for: an approval holds for what would be deployed, and for nothing else. */
import type { DocumentStep } from '../../pipelines/document/document.js';
import { isSchema } from '../../pipelines/document/json-schema.js';
import type { DraftStep } from './draft.js';
import type { Faults } from './faults.js';
import { checkedKinds } from './kinds.js';
import type { Waits } from './order.js';
import type { CheckedStep } from './step-check.js';

/** What an approval changes of the step that asks for it, and of its deployment. */
type Approving = Waits & Partial<Pick<DocumentStep, 'approves' | 'judged' | 'connection'>>;

/** For each step that asks for an approval, the deployment below it, which both wait for what is shown of it. */
export function approvalsOf(
  checked: readonly CheckedStep[],
  waits: ReadonlyMap<string, Waits>,
  faults: Faults,
): Map<string, Approving> {
  const approvals = new Map<string, Approving>();
  for (const { step } of checked) {
    if (step.kind?.written.approves !== true) continue;
    const below = checked.filter(({ step: one }) => one.index > step.index && isDeployment(one));
    const deployment = below.find(({ step: one }) => keptBack(one) === null);
    if (deployment === undefined) {
      faults.add(
        [...step.path, 'uses'],
        `an approval is for what goes live below it, and ${sayNone(step, below)}`,
      );
      continue;
    }
    checkDeployment(step, deployment, checked, faults);
    checkConnection(step, deployment.step, faults);
    const { name, connection } = deployment.step;
    const judged = judgedFor(step, deployment, checked);
    const its = waitsOf(approvals.get(name) ?? waits.get(name), { awaits: judged });
    const own = waitsOf(waits.get(step.name), { needs: its.needs, awaits: its.awaits });
    approvals.set(name, its);
    approvals.set(step.name, {
      needs: own.needs.filter((other) => other !== step.name),
      awaits: own.awaits.filter((other) => other !== step.name),
      ...{ approves: name, connection },
      ...(judged[0] !== undefined && { judged: judged[0] }),
    });
  }
  warnOfOthers(checked, approvals, faults);
  return approvals;
}

/** Whoever approves the first deployment lets all below it go on, also where the `if` of the first one is false. */
function warnOfOthers(
  checked: readonly CheckedStep[],
  approvals: ReadonlyMap<string, Approving>,
  faults: Faults,
): void {
  const asking = [...approvals].flatMap(([name, { approves }]) =>
    approves === undefined ? [] : [{ index: indexIn(checked, name), name, approves }],
  );
  const approved = new Set(asking.map(({ approves }) => approves));
  for (const { step } of checked) {
    if (!isDeployment(step) || keptBack(step) !== null || approved.has(step.name)) continue;
    const above = asking.findLast(({ index }) => index < step.index);
    if (above !== undefined)
      faults.warn(
        [...step.path, 'uses'],
        `nobody approves what "${step.name}" deploys: "${above.name}" is for "${above.approves}" alone; write another \`approve\` directly above "${step.name}" if it needs one`,
      );
  }
}

const indexIn = (checked: readonly CheckedStep[], name: string): number =>
  checked.find(({ step }) => step.name === name)?.step.index ?? -1;

const isDeployment = ({ isLast, kind }: DraftStep): boolean => !isLast && kind?.written.deploys === true;

const keptBack = ({ kind, written: { with: given } }: DraftStep): string | null =>
  kind?.written.keepsBack(isSchema(given) ? given : {}) ?? null;

function sayNone({ name }: DraftStep, [first]: readonly CheckedStep[]): string {
  if (first !== undefined)
    return `"${first.step.name}" does not: leave ${keptBack(first.step) ?? ''} out, or deploy the same without it further down`;
  const kinds = Object.values(checkedKinds).filter(({ written }) => written.deploys);
  const said = kinds.map(({ short }) => `\`${short}\``).join(' or ');
  return `no step of kind ${said} is below it: move "${name}" above the one that it is for`;
}

/** What waits for others, and for more. */
const waitsOf = ({ needs, awaits }: Waits = { needs: [], awaits: [] }, more: Partial<Waits>): Waits => {
  const all = [...new Set([...needs, ...(more.needs ?? [])])];
  const others = [...awaits, ...(more.awaits ?? [])].filter((name) => !all.includes(name));
  return { needs: all, awaits: [...new Set(others)] };
};

/** The step that the last gate above judges; none where the deployment itself takes the one that it comes from. */
function judgedFor(step: DraftStep, deployment: CheckedStep, checked: readonly CheckedStep[]): string[] {
  if (deployment.checked.takes['job'] !== undefined) return [];
  const gate = checked.findLast(
    ({ step: one, checked: { takes } }) =>
      one.index < step.index && one.kind?.short === 'gate' && takes['job'] !== undefined,
  );
  const judged = gate?.checked.takes['job'];
  return judged === undefined ? [] : [judged];
}

/** What is live is read where it would be replaced. */
function checkConnection(step: DraftStep, deployment: DraftStep, faults: Faults): void {
  const isOther = step.written['connection'] !== undefined && step.connection !== deployment.connection;
  if (isOther && deployment.connection !== null)
    faults.add(
      [...step.path, 'connection'],
      `"${step.name}" approves what "${deployment.name}" deploys on ${deployment.connection}: leave \`connection\` out`,
    );
}

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
  const given = deployment.written['with'];
  const fault = deployment.kind?.written.unapproved(isSchema(given) ? given : {}) ?? null;
  if (isSchema(given) && fault !== null)
    faults.add([...deployment.path, 'with'], `"${step.name}" approves ${fault}`, 'key');
  for (const { name, path, text, offset } of references) {
    const isArgument = path[deployment.path.length] === 'with';
    if (indexIn(checked, name) < step.index || (name === step.name && !isArgument)) continue;
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
