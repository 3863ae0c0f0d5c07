/** What the built-in pipelines hand over. */
import type {
  DeploymentOutput,
  EnvironmentOutput,
  JobOutput,
  RegistrationOutput,
} from '../run/undoing/effects.js';
import type { ApprovalOutput, Comparison, Decision, Outcome } from '../run/retraining/retraining.js';
import type { GateOutput } from '../steps/gate.js';

/** What `train-and-deploy` hands over: every id, image, metric and time of the release. */
export type Release = {
  readonly project: string;
  readonly environment: EnvironmentOutput | null;
  readonly revision: { readonly id: string; readonly image: string | null } | null;
  readonly job: JobOutput;
  readonly gate: GateOutput | null;
  readonly registered: RegistrationOutput | null;
  readonly deployment: DeploymentOutput | null;
};

/** What `retrain` hands over. Parts that it did not come to are `null`. */
export type Retraining = {
  readonly outcome: Outcome;
  /** In one line. */
  readonly conclusion: string;
  readonly decision: Decision;
  readonly comparison: Comparison | null;
  readonly approval: ApprovalOutput | null;
  readonly release: Release | null;
};

/** What `build-environment` hands over. */
export type BuiltEnvironment = {
  readonly environment: { readonly id: string | null; readonly name: string; readonly created: boolean };
  readonly revision: { readonly id: string; readonly tag: string | null } | null;
  readonly build: { readonly id: string; readonly image: string | null } | null;
  /** Whether the content was there before: nothing was built. */
  readonly reused: boolean;
  /** In one line: what was built, or which build was reused. */
  readonly conclusion: string;
};
