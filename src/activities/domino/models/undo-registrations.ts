/** Versions that one MLflow run was registered as beside the one that was adopted: listed, for nothing takes one back. */
import type { DominoEffects } from '../../../steps/domino/effects.js';
import type { DominoDependencies } from '../dependencies.js';
import { type Standing, createUndo } from '../../effect/undoing.js';
import { eachVersion } from './versions.js';

type SweepModelVersions = Parameters<DominoEffects['sweepModelVersions']>[0];

/** Builds it. */
export function createRegistrationUndoing(
  deps: DominoDependencies,
): Pick<DominoEffects, 'sweepModelVersions'> {
  return {
    sweepModelVersions: createUndo(deps, 'modelVersion', (undoing: SweepModelVersions) =>
      listOthers(deps, undoing),
    ),
  };
}

async function listOthers(
  { domino }: DominoDependencies,
  { model, experimentRunId, made }: SweepModelVersions,
): Promise<Standing[]> {
  const others: Standing[] = [];
  for await (const { experimentRunId: of, modelVersion } of eachVersion(domino, model))
    if (of === experimentRunId && String(modelVersion) !== made?.id)
      others.push({ state: 'left', left: second(model, modelVersion) });
  return others;
}

const second = (model: string, version: number) => ({
  kind: 'modelVersion' as const,
  id: `${model}/${version}`,
  reason:
    'the same MLflow run was registered twice, and the platform has no request that takes a version back',
  lasting: true as const,
});
