/** The parts of the input of `retrain` that decide: when, better than what, approved by whom, watched how long. */
import { z } from 'zod';
import { Bound, Duration, MetricName, name } from './input-fields.js';

const probe = z.string().min(1).max(63).describe('A probe of longhaul.yaml.');

const conditions = [
  z.strictObject({ always: z.literal(true) }),
  z.strictObject({
    newData: z
      .union([
        z.strictObject({ dataset: name.describe('The name or id of a dataset of the project.') }),
        z.strictObject({ files: z.string().min(1).max(500).describe('A file or folder of the project.') }),
      ])
      .describe('Newer than what the live model was trained on.'),
  }),
  z.strictObject({
    metric: Bound.describe(
      'Holds when the model should be retrained. A metric with spaces or signs in its name stands in quotes.',
    ),
    from: z
      .union([
        z.literal('live').describe('What the live model measured when it was trained.'),
        z.strictObject({ job: name.describe('The newest succeeded job whose title begins so.') }),
        z.strictObject({ probe }),
      ])
      .default('live'),
  }),
  z.strictObject({ notMoreOftenThan: Duration.describe('Since the last retraining of this model began.') }),
  z.strictObject({
    atMostPerMonth: z.number().int().min(1).max(1_000).describe('Retrainings of this model in 30 days.'),
  }),
  z.strictObject({
    budget: z
      .strictObject({ atMost: z.number().positive(), days: z.number().int().min(1).max(366).default(30) })
      .describe('What the platform’s cost API says the project has cost.'),
  }),
] as const;

const ConditionOrGroup = z.union([
  ...conditions,
  z.strictObject({ any: z.array(z.union(conditions)).min(1).max(10) }),
  z.strictObject({ all: z.array(z.union(conditions)).min(1).max(10) }),
]);

/** The conditions under which a tick retrains; by default it always does. */
export const When = z
  .strictObject({
    all: z.array(ConditionOrGroup).min(1).max(10).optional().describe('All of these must hold.'),
    any: z.array(ConditionOrGroup).min(1).max(10).optional().describe('At least one of these must hold.'),
  })
  .refine(({ all, any }) => all !== undefined || any !== undefined, { error: 'needs `all` or `any`' })
  .default({ all: [{ always: true }] })
  .describe('When to retrain. A tick on which this does not hold trains nothing and says why.');

/** The metric by which the new model must beat the live one, with `margin` or `tolerance` in the metric’s own unit. */
export const Compare = z
  .strictObject({
    metric: MetricName.describe('As the training writes it: `val accuracy`, `mAP@[.5:.95]`.'),
    better: z.enum(['higher', 'lower']).default('higher'),
    margin: z.number().min(0).optional().describe('By how much it must be better than the live model.'),
    tolerance: z.number().min(0).optional().describe('By how much it may be worse than the live model.'),
  })
  .refine(({ margin, tolerance }) => margin === undefined || tolerance === undefined, {
    error: 'excludes `margin`',
    path: ['tolerance'],
  })
  .describe(
    'How the new model is compared with the live one. Without a live model there is nothing to beat.',
  );

/** Who decides on the deployment, how long there is for it, and when to remind. */
export const Approval = z
  .strictObject({
    by: z
      .array(z.string().trim().min(1).max(200))
      .min(1)
      .max(50)
      .optional()
      .describe(
        'Those who may decide: `key:<id>` or the owner of a key, `<issuer>#<subject>` or `group:<value>` of a token, `cli:<user>@<host>`, `webhook:<receiver>` for the link sent there. Left out, every operator.',
      ),
    within: Duration.default('3d').describe('Then it expires, and the model is not deployed.'),
    remindAfter: Duration.optional().describe('When to remind, once.'),
    byStarter: z
      .boolean()
      .default(true)
      .describe(
        'Whether those may decide who have brought the run about: started, triggered, replayed, reset or resolved it, or wrote its schedule.',
      ),
  })
  .describe('Who must approve before the model is deployed.');

/** How long the new version is watched, and how many failed looks in a row take it back. */
export const Watch = z
  .strictObject({
    serveWithin: Duration.default('1h').describe('How long the new version may take until it serves.'),
    for: Duration.default('10m').describe('How long the new version must stay well.'),
    probe: probe.optional().describe('Asked on each look; any answer but 2xx is a failure.'),
    sample: z.unknown().optional().describe('The body of the probe’s request, as JSON.'),
    failures: z.number().int().min(1).max(20).default(3).describe('Failed looks in a row that are too many.'),
  })
  .describe('Watches the new version; when it is unhealthy, the previous one serves again.');

export type When = z.output<typeof When>;
export type Condition = z.output<(typeof conditions)[number]>;
export type ConditionOrGroup = z.output<typeof ConditionOrGroup>;
export type Approval = z.output<typeof Approval>;
export type Compare = z.output<typeof Compare>;
export type Watch = z.output<typeof Watch>;
