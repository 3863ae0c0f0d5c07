/** The model of a run of a document: what it deploys or, where it deploys nothing, what it registers. */
import { modelOf } from '../../run/ids.js';
import type { Json } from '../../run/json.js';
import { type PipelineDocument, allSteps } from './document.js';
import { prepareDocument } from './evaluate.js';
import type { Scope } from './expressions.js';

/** Longer than names can be: what an input says is not checked against its place before the step begins. */
const longest = 700;

/** As far as the input alone tells; of several, the first that is deployed. `null` where it makes none, or none is known. */
export function modelOfDocument(document: PipelineDocument, input: Json): string | null {
  const evaluable = prepareDocument(document);
  const scope: Scope = { input };
  const models = allSteps(document).flatMap(([name, { connection }]) => {
    const { deploy, register, project = evaluable.projectOf(name, scope) } = evaluable.modelOf(name, scope);
    if (connection === null || project === undefined) return [];
    const model = modelOf({ connection, project, deploy, register });
    return model === null || model.length > longest ? [] : [{ model, isDeployed: deploy !== undefined }];
  });
  return (models.find(({ isDeployed }) => isDeployed) ?? models[0])?.model ?? null;
}
