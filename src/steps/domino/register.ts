/** A version of a registered model, of what a job has written to MLflow. */
import type { JobOutput, RegistrationOutput, RegistrationSpec } from '../../run/undoing/effects.js';
import { fail } from '../failures.js';
import { defineDominoStep } from './effects.js';

export interface RegisterSpec extends Omit<RegistrationSpec, 'experimentRunId'> {
  /** `null` where neither the input nor the training names one. */
  readonly experimentRunId: string | null;
  /** Of the training, and what it wrote that is no such id. */
  readonly job: Pick<JobOutput, 'number' | 'notAnExperimentRun'>;
}

export const register = defineDominoStep<RegisterSpec, RegistrationOutput>({
  kind: 'domino.register',
  holds: { model: 'an id', version: 'a number' },
  sameBy: ['model', 'version'],
  at: ({ model }) => ({ model }),
  isOpaque: true,
  recorded: { ends: ['ensureModelVersion'], output: ['ensureModelVersion'] },
  leaves: {
    twin: ({ model, version }, { experimentRunId }) =>
      experimentRunId === null ? null : sweepOf({ model, version, experimentRunId }),
  },
  refersTo: ({ model, version }) => [{ kind: 'modelVersion', id: `${model}/${version}` }],
  perform: (step, { job, experimentRunId, ...spec }) => {
    if (experimentRunId === null)
      throw fail({
        code: 'EXPERIMENT_RUN_UNKNOWN',
        message: `${saidOfRun(job)}, and the input has no register.experimentRunId`,
      });
    const { effect } = step;
    return step.effects.ensureModelVersion({ ...effect, ...spec, experimentRunId }).then((registered) => {
      const twin = { ...effect, ...sweepOf({ ...registered, experimentRunId }) };
      if (registered.inDoubt === true) step.sweep({ ...twin, keep: true, doubt: 'perhaps' });
      return registered;
    });
  },
});

/** Lists what the same MLflow run was registered as beside this version. */
const sweepOf = ({
  model,
  version,
  experimentRunId,
}: Pick<RegistrationOutput, 'model' | 'version'> & { readonly experimentRunId: string }) => ({
  target: { undo: 'sweepModelVersions' as const, model, experimentRunId },
  made: { id: String(version) },
});

const saidOfRun = ({ number, notAnExperimentRun: written }: RegisterSpec['job']): string =>
  written === undefined
    ? `job ${number} wrote no mlflow_run_id to dominostats.json`
    : `of job ${number}, mlflow_run_id is ${JSON.stringify(written)}, which is no id of an MLflow run`;
