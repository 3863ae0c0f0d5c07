/** The pipeline that a step runs: its input is checked by its own schema, and what it hands over can be read. */
import { z } from 'zod';
import { type PipelineName, inputSchemaOf, pipelineInputs } from '../../pipeline/inputs.js';
import type { Json } from '../../pipeline/steps.js';
import { isPipeline } from '../../pipelines/built-in.js';
import { type JsonSchema, isSchema, textsIn } from '../../pipelines/document/json-schema.js';
import type { Release, Retraining } from '../../pipelines/release.js';
import type { FieldType } from '../../steps/written-kind.js';
import { schemaOf } from './kinds.js';
import { type Refined, type Refining, faulty } from './refining.js';
import { sayKnown } from './words.js';

/** What the pipelines hand over that Longhaul brings along. */
const handedOver: {
  readonly 'train-and-deploy': Readonly<Record<keyof Release, FieldType>>;
  readonly retrain: Readonly<Record<keyof Retraining, FieldType>>;
} = {
  'train-and-deploy': {
    ...{ project: 'string', environment: 'dyn', revision: 'dyn', job: 'dyn' },
    ...{ gate: 'dyn', registered: 'dyn', deployment: 'dyn' },
  },
  retrain: {
    ...{ outcome: 'string', conclusion: 'string', decision: 'dyn' },
    ...{ comparison: 'dyn', approval: 'dyn', release: 'dyn' },
  },
};

/** Of the pipelines that are known: those that Longhaul brings along. */
export function refinePipeline({ kind, given, connection }: Refining): Refined {
  const { pipeline: name } = given;
  if (typeof name !== 'string' || name.includes('${{')) return {};
  if (!isPipeline(name))
    return faulty(
      'pipeline',
      `there is no pipeline "${name}"; ${sayKnown(name, Object.keys(pipelineInputs), 'pipelines')}`,
    );
  const { written } = kind;
  return {
    kind: {
      ...kind,
      spec: specOf(kind.spec, name, connection),
      schema: withInput(schemaOf(kind.spec), name),
      written: { ...written, fields: { ...written.fields, ...handedOver[name] } },
    },
  };
}

/** The step’s connection is meant where the input says none. */
function specOf(whole: z.ZodType, name: PipelineName, connection: string | null): z.ZodType {
  const shape = whole instanceof z.ZodObject ? whole.shape : {};
  const withConnection = (input: unknown): unknown =>
    typeof input === 'object' && input !== null && !Array.isArray(input) && connection !== null
      ? { connection, ...input }
      : input;
  return z.strictObject({ ...shape, input: z.preprocess(withConnection, pipelineInputs[name]) });
}

function withInput(schema: JsonSchema, name: PipelineName): JsonSchema {
  const own = JSON.parse(JSON.stringify(inputSchemaOf(name))) as Json; // through JSON, as it is published
  if (!isSchema(own)) return schema;
  const required = textsIn(own['required']).filter((key) => key !== 'connection');
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  return { ...schema, properties: { ...properties, input: { ...own, required } } };
}
