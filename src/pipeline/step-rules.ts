/** What each step is made from: by this a replay knows which steps an edit, or another output, touches. */
import type { PipelineName } from './inputs.js';
import { pipelines } from './pipelines.js';

export interface StepRule {
  /** The part of the input that it is made from. */
  readonly part: string;
  /** Whether it runs also without that part, or with a part that is not its own. */
  readonly optional: boolean;
  /** The steps whose outputs it reads. */
  readonly needs: readonly string[];
  /** The keys of its output by which it is the same for those who read it; none: the whole output. */
  readonly sameBy: readonly string[];
  /** Whether each generation of it makes another object; what other steps make is found by other means. */
  readonly renewable: boolean;
}

/** Each step that pipelines have. */
const rules: Readonly<Record<string, StepRule>> = {
  decide: { part: 'when', optional: false, needs: [], sameBy: [], renewable: false },
  environment: {
    part: 'environment',
    optional: true,
    needs: [],
    sameBy: ['environmentId', 'image'],
    renewable: false,
  },
  revision: {
    part: 'revision',
    optional: true,
    needs: ['environment'],
    sameBy: ['revisionId'],
    renewable: true,
  },
  build: {
    part: 'build', // of no part: it waits for what the two steps before it have made
    optional: true,
    needs: ['environment', 'revision'],
    sameBy: ['revisionId'],
    renewable: false,
  },
  train: {
    part: 'train',
    optional: false,
    needs: ['environment', 'build'],
    sameBy: ['jobId'],
    renewable: true,
  },
  gate: { part: 'gate', optional: true, needs: ['train'], sameBy: [], renewable: false },
  compare: { part: 'compare', optional: true, needs: ['train'], sameBy: [], renewable: false },
  register: {
    part: 'register',
    optional: true,
    needs: ['train'],
    sameBy: ['model', 'version'],
    renewable: false,
  },
  approve: { part: 'approval', optional: true, needs: ['train', 'register'], sameBy: [], renewable: false },
  deploy: {
    part: 'deploy',
    optional: true,
    needs: ['environment', 'train', 'register'],
    sameBy: ['versionId'],
    renewable: true,
  },
  watch: { part: 'watch', optional: false, needs: ['deploy'], sameBy: [], renewable: false },
};

/** The steps of a pipeline in order, each with its rule. */
export const stepRulesOf = (pipeline: PipelineName): readonly (readonly [string, StepRule])[] =>
  Object.keys(pipelines[pipeline].steps).map((name) => {
    const rule = rules[name];
    if (rule === undefined) throw new TypeError(`the step "${name}" has no rule`);
    return [name, rule] as const;
  });
