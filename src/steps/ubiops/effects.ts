/** The effects of UbiOps' steps, as workflows call them: signatures alone, as `src/steps/domino/effects.ts` says. */
import type { UndoTargetOf } from '../../run/undoing/effect.js';
import type { Effects, ReadingEffects } from '../../run/undoing/effects.js';
import type { Json } from '../../run/steps.js';
import type { StepContext } from '../context.js';
import { type StepKind, defineStep } from '../define.js';
import type { DeploymentEffects } from './deployments.js';
import type { EnvironmentEffects } from './environments.js';
import type { RequestEffects } from './requests.js';

/** Those of its own. */
export interface UbiOpsEffects
  extends ReadingEffects, EnvironmentEffects, DeploymentEffects, RequestEffects {}

/** All that its steps call. */
export type UbiOpsCalls = Effects & UbiOpsEffects;

/** What the code of a step may say and call. */
export type UbiOpsStep = StepContext<UbiOpsCalls>;

/** How its effects are undone. */
export type UbiOpsUndoTarget = UndoTargetOf<UbiOpsCalls>;

/** States a kind of step. */
export const defineUbiOpsStep = <Spec extends object, Output extends Json>(
  kind: StepKind<Spec, Output, UbiOpsCalls>,
): StepKind<Spec, Output, UbiOpsCalls> => defineStep(kind);
