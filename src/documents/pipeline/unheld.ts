/** Steps that decide by the live model of a model API while another run may put another one live. */
import { isTemplate } from '../../pipelines/document/templates.js';
import type { JudgedBy } from '../../steps/written-kind.js';
import type { Faults } from './faults.js';
import type { CheckedStep } from './step-check.js';

/** Warns of each that decides so above a deployment to it, where no step before has the model for its run alone. */
export function warnOfUnheld(checked: readonly CheckedStep[], faults: Faults): void {
  for (const { step, checked: own } of checked) {
    const by = step.kind?.written.judgesBy(own.values) ?? null;
    if (by?.modelApi === undefined) continue;
    const isOf = (one: CheckedStep): boolean =>
      isSame(deployedBy(one), by) && one.step.connection === step.connection;
    const above = checked.filter((one) => one.step.index < step.index);
    const deployment = checked.find((one) => one.step.index > step.index && deploys(one) && isOf(one));
    if (deployment === undefined || above.some((one) => trains(one) || isOf(one))) continue;
    const { name } = deployment.step;
    faults.warn(
      [...step.path, 'uses'],
      `another run may put another model live between "${step.name}" and "${name}", which alone waits for its turn: write \`trains: ${modelOf(deployment, checked)}\` under \`with\` of the job that trains the model, and one run at a time does all of it`,
    );
  }
}

const deploys = ({ step: { kind, isLast } }: CheckedStep): boolean =>
  kind?.written.deploys === true && !isLast;

/** Whether its run has a model for itself from there on. */
const trains = ({ checked: { values } }: CheckedStep): boolean => values['trains'] !== undefined;

function deployedBy({ step, checked: { values } }: CheckedStep): JudgedBy {
  const { project, deploy } = step.kind?.written.model(values) ?? {};
  return { project, modelApi: deploy?.modelApi };
}

/** As it is written: two expressions are taken to come to the same where they read the same. */
const isSame = (one: JudgedBy, other: JudgedBy): boolean =>
  one.modelApi === other.modelApi && one.project === other.project;

/** The registered model that is deployed, where it is written out. */
function modelOf({ checked: { takes } }: CheckedStep, checked: readonly CheckedStep[]): string {
  const from = checked.find(({ step }) => step.name === takes['from']);
  const model = from?.step.kind?.written.model(from.checked.values).register?.model;
  return model === undefined || isTemplate(model) ? 'MODEL' : model;
}
