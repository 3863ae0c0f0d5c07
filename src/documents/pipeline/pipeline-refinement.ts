/** The pipeline that a step runs: its input is checked by its own schema, and what it hands over can be read. */
import { z } from 'zod';
import { type PipelineName, inputSchemaOf, pipelineInputs, takesPlatform } from '../../run/inputs/inputs.js';
import type { Json } from '../../run/steps.js';
import { isPipeline } from '../../pipelines/built-in.js';
import { type PipelineDocument, withChildren } from '../../pipelines/document/document.js';
import {
  type JsonSchema,
  isSchema,
  misfitsOf,
  textsIn,
  withDefaults,
} from '../../pipelines/document/json-schema.js';
import type { BuiltEnvironment, Release, Retraining } from '../../pipelines/release.js';
import type { FieldType } from '../../steps/written-kind.js';
import type { CheckedKind } from './kinds.js';
import { type Refined, type Refining, faulty } from './refining.js';
import { templatesIn } from './values.js';
import { sayKnown } from './words.js';

/** What the pipelines hand over that Longhaul brings along. */
const handedOver: {
  readonly 'train-and-deploy': Readonly<Record<keyof Release, FieldType>>;
  readonly retrain: Readonly<Record<keyof Retraining, FieldType>>;
  readonly 'build-environment': Readonly<Record<keyof BuiltEnvironment, FieldType>>;
} = {
  'train-and-deploy': {
    ...{ project: 'string', environment: 'dyn', revision: 'dyn', job: 'dyn' },
    ...{ gate: 'dyn', registered: 'dyn', deployment: 'dyn' },
  },
  retrain: {
    ...{ outcome: 'string', conclusion: 'string', decision: 'dyn' },
    ...{ comparison: 'dyn', approval: 'dyn', release: 'dyn' },
  },
  'build-environment': {
    ...{ environment: 'dyn', revision: 'dyn', build: 'dyn' },
    ...{ reused: 'bool', conclusion: 'string' },
  },
};

/** What a run of a document hands over. */
const handedOverByAny: Readonly<Record<string, FieldType>> = {
  ...{ outputs: 'dyn', outcome: 'dyn', conclusion: 'dyn' },
};

export function refinePipeline(refining: Refining): Refined {
  const { kind, given } = refining;
  const { pipeline: name } = given;
  if (typeof name !== 'string' || name.includes('${{')) return {};
  if (!isPipeline(name)) return refineDocument(refining, name);
  return {
    kind: {
      ...showing(kind, handedOver[name]),
      spec: specOf(kind.spec, name, refining),
      schema: withInput(kind.schema, inputs[name]),
    },
  };
}

/** A step that runs a document, which becomes a part of the one that is checked. */
function refineDocument({ kind, pipeline, configured }: Refining, name: string): Refined {
  const { documentOf, documents = [] } = configured;
  const document = name === pipeline ? { fault: 'would run itself' } : (documentOf?.(name) ?? null);
  if (document === null) {
    const known = [...Object.keys(pipelineInputs), ...documents];
    return faulty('pipeline', `there is no pipeline "${name}"; ${sayKnown(name, known, 'pipelines')}`);
  }
  if ('fault' in document) return faulty('pipeline', `the pipeline "${name}" ${document.fault}`);
  if (withChildren(document).some((inner) => inner.pipeline === pipeline))
    return faulty('pipeline', `the pipeline "${name}" runs "${pipeline}", which would run itself`);
  const shape = kind.spec instanceof z.ZodObject ? kind.spec.shape : {};
  return {
    runs: document,
    kind: {
      ...showing(kind, handedOverByAny),
      handsOver: Object.keys(document.outputs),
      spec: z.strictObject({ ...shape, input: inputFor(document) }),
      schema: withInput(kind.schema, document.input),
    },
  };
}

const showing = (kind: CheckedKind, fields: Readonly<Record<string, FieldType>>): CheckedKind => ({
  ...kind,
  written: { ...kind.written, fields: { ...kind.written.fields, ...fields } },
});

/** The input of a document, by its JSON Schema; what is around an expression fits when its value is known, or not. */
function inputFor({ input: schema }: PipelineDocument): z.ZodType {
  return z
    .record(z.string(), z.unknown())
    .default({})
    .superRefine((value, { addIssue }) => {
      const given = value as JsonSchema; // a value of a document
      const templates = templatesIn(given).map(({ path }) => path);
      const isAround = (path: readonly PropertyKey[]): boolean =>
        templates.some((other) => path.every((key, index) => other[index] === key));
      for (const { path, problem } of misfitsOf(schema, withDefaults(schema, given)))
        if (!isAround(path)) addIssue({ code: 'custom', path: [...path], message: problem });
    });
}

const inputOf = (name: PipelineName): JsonSchema => {
  const json = JSON.parse(JSON.stringify(inputSchemaOf(name))) as Json; // through JSON, as it is published
  return isSchema(json) ? json : {};
};

/** Made once: they are large. */
const inputs: Readonly<Record<PipelineName, JsonSchema>> = {
  'train-and-deploy': inputOf('train-and-deploy'),
  retrain: inputOf('retrain'),
  'build-environment': inputOf('build-environment'),
};

/** The step’s connection is meant where the input says none, and its platform where it takes one. */
function specOf(
  whole: z.ZodType,
  name: PipelineName,
  { connection: own, configured }: Pick<Refining, 'connection' | 'configured'>,
): z.ZodType {
  const shape = whole instanceof z.ZodObject ? whole.shape : {};
  const placed = (input: unknown): unknown => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
    const { connection = own }: { connection?: unknown } = input;
    if (typeof connection !== 'string') return input;
    const platform = takesPlatform(name) ? configured.platformOf(connection) : null;
    return { connection, ...(platform !== null && { platform }), ...input };
  };
  return z.strictObject({ ...shape, input: z.preprocess(placed, pipelineInputs[name]) });
}

function withInput(schema: JsonSchema, own: JsonSchema): JsonSchema {
  const required = textsIn(own['required']).filter((key) => key !== 'connection');
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  return { ...schema, properties: { ...properties, input: { ...own, required } } };
}
