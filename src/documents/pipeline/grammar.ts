/** The grammar of pipeline documents, `longhaul: pipeline/v1`: their shape, without what their names and expressions mean. */
import { z } from 'zod';
import { pipelineNamePattern } from '../../run/ids.js';
import { overlaps } from '../../run/schedules/overlaps.js';
import { Duration } from '../../steps/spec.js';
import { longestPattern } from './pattern-fault.js';

const text = z.string().min(1).max(2_000);

/** One step; what stands under `with` is its kind’s. */
export const Step = z
  .strictObject({
    uses: z.string().min(1).max(100).describe('The kind of step: `job`, `gate`, `deploy` …'),
    description: text.optional().describe('For people.'),
    connection: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('A connection of longhaul.yaml; left out, the document’s.'),
    if: z
      .string({ error: 'must be one expression that is true or false: ${{ … }}' })
      .optional()
      .describe('The step runs if this holds: one expression, `${{ … }}`, that is true or false.'),
    needs: z
      .union([z.string(), z.array(z.string()).max(200)], {
        error: 'must be the name of a step, or a list of names',
      })
      .optional()
      .describe('Steps above that it waits for beside those that it reads.'),
    each: z
      .unknown()
      .optional()
      .describe(
        'The step runs once for each `item`: a list, an expression that is one, or lists by name, whose product it is.',
      ),
    atOnce: z.int().min(1).max(500).optional().describe('How many items run at once: 20 when left out.'),
    onFailure: z
      .enum(['stop', 'continue'])
      .optional()
      .describe('When it fails: nothing new starts and the run fails (stop), or the run goes on (continue).'),
    within: Duration.optional().describe(
      'How long it may take, all its tries and waiting for the platform included.',
    ),
    tries: z
      .union(
        [
          z.int().min(1).max(20),
          z.strictObject({
            count: z.int().min(1).max(20).describe('All of them, the first included.'),
            backoff: Duration.optional().describe(
              'How long to wait before the second, then twice as long: 1m.',
            ),
            upTo: Duration.optional().describe('No wait is longer: 10m.'),
            within: Duration.optional().describe('How long each may take.'),
          }),
        ],
        { error: 'must be a number from 1 to 20, or an object with `count`, `backoff`, `upTo` and `within`' },
      )
      .optional()
      .describe('How often a failed step is made, the first time included.'),
    with: z.record(z.string(), z.unknown()).optional().describe('The arguments of its kind.'),
  })
  .describe('A step.');

const steps = z.record(z.string(), Step);

const ofSchema = z.lazy((): z.ZodType => InputSchema);
const count = z.int().min(0);

/** JSON Schema, as far as inputs are described by it. */
export const InputSchema: z.ZodType = z
  .strictObject({
    type: z
      .union(
        [
          z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']),
          z.array(z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'])).min(1),
        ],
        { error: 'must be string, number, integer, boolean, array, object or null, or a list of these' },
      )
      .optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    default: z.unknown().optional(),
    examples: z.array(z.unknown()).optional(),
    enum: z.array(z.unknown()).min(1).optional(),
    const: z.unknown().optional(),
    pattern: z.string().max(longestPattern).optional(),
    format: z.enum(['date', 'time', 'date-time', 'uuid']).optional(),
    minLength: count.optional(),
    maxLength: count.optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    exclusiveMaximum: z.number().optional(),
    multipleOf: z.number().positive().optional(),
    items: ofSchema.optional(),
    minItems: count.optional(),
    maxItems: count.optional(),
    uniqueItems: z.boolean().optional(),
    properties: z.record(z.string(), ofSchema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), ofSchema]).optional(),
    anyOf: z.array(ofSchema).min(1).optional(),
    oneOf: z.array(ofSchema).min(1).optional(),
    allOf: z.array(ofSchema).min(1).optional(),
  })
  .describe('JSON Schema.');

/** A document. */
export const Document = z
  .strictObject({
    longhaul: z
      .literal('pipeline/v1', { error: 'must be "pipeline/v1"' })
      .describe('The version of this grammar.'),
    pipeline: z
      .string()
      .regex(pipelineNamePattern, 'must be lower-case letters, digits and "-", beginning with a letter')
      .describe('Its name; ids of its runs begin with it.'),
    description: text.optional().describe('For people.'),
    input: InputSchema.optional().describe('What a run is given, as JSON Schema.'),
    connection: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('The connection of longhaul.yaml that steps use.'),
    overlap: z
      .enum(overlaps)
      .optional()
      .describe('When a schedule ticks while its last run goes on: `skip` when left out.'),
    within: Duration.optional().describe('How long a run may take, without `finally`.'),
    steps: steps.describe('The steps, by name. A step reads steps above it alone.'),
    outputs: z.record(z.string(), z.unknown()).optional().describe('What a run hands over, by name.'),
    finally: z
      .strictObject({
        within: Duration.optional().describe('How long these may take together: 15m when left out.'),
        steps: steps.describe('Steps that run at the end, however the run has ended.'),
      })
      .optional()
      .describe('What is done at the end, also of a failed or cancelled run.'),
  })
  .describe('A pipeline of Longhaul.');
