/** Pipelines and documents, as the API takes and answers them. */
import { z } from 'zod';

export const Pipeline = z
  .object({
    name: z.string(),
    steps: z.array(z.string()),
    schema: z.string().describe('The path of the JSON Schema of its input.'),
    kind: z.enum(['built-in', 'document']).describe('`document`: one of the configuration.'),
    description: z.string().optional(),
  })
  .meta({ id: 'Pipeline' });

const GraphNode = z.object({
  name: z.string(),
  kind: z.string().describe('What it does: `job`, `gate` …'),
  isEach: z.boolean().describe('Whether it is done for each item of a list.'),
  holdsBack: z.boolean().describe('Whether it can say no.'),
  isLast: z.boolean().describe('Whether it is done at the end, however the run has ended.'),
});

const GraphEdge = z.object({
  from: z.string(),
  to: z.string(),
  why: z
    .enum(['needs', 'awaits', 'holds'])
    .describe('`needs`: it reads it; `awaits`: it waits for its end alone; `holds`: it is held back by it.'),
});

/** A pipeline with what it is made of. */
export const PipelineDetails = Pipeline.extend({
  graph: z.object({ nodes: z.array(GraphNode).readonly(), edges: z.array(GraphEdge).readonly() }),
  document: z.record(z.string(), z.unknown()).optional().describe('The document, as it was checked.'),
}).meta({ id: 'PipelineDetails' });

/** A document as it is written. */
export const DocumentText = z
  .strictObject({ document: z.string().min(1).max(1_000_000).describe('In YAML or JSON.') })
  .meta({ id: 'DocumentText' });

const DocumentFault = z.object({ line: z.int(), column: z.int(), message: z.string() });

/** What is wrong with a document. */
export const CheckedDocument = z
  .object({
    ok: z.boolean(),
    pipeline: z.string().optional(),
    faults: z.array(DocumentFault),
    warnings: z.array(DocumentFault).describe('What a document may have, and hardly means.'),
  })
  .meta({ id: 'CheckedDocument' });
