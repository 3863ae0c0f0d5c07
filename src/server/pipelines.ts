/** The routes of pipelines. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Principal, everything, may } from '../access/principal.js';
import { documentsIn } from '../config.js';
import { LonghaulError } from '../run/failures/errors.js';
import { refuseFaulty } from '../run/documents/faulty-documents.js';
import { inputSchemaOf } from '../run/inputs/inputs.js';
import { isPipeline, pipelines } from '../pipelines/built-in.js';
import { graphOfDocument, graphOfPipeline } from '../pipelines/document/graph.js';
import type { ServerContext } from './context.js';
import type { AskedCheck } from './document-checks.js';
import { addRoute } from './route.js';
import { CheckedDocument, DocumentText, Pipeline, PipelineDetails } from './pipeline-schemas.js';
import { visibleDocuments } from './unseen.js';

const pipelineParams = z.strictObject({ pipeline: z.string().max(64) });
const group = 'pipelines';

/** Adds the routes that list, show and check pipelines, and publish the schemas of their inputs. */
export function addPipelineRoutes(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/pipelines',
    name: 'listPipelines',
    group,
    summary: 'List the pipelines that the caller may see.',
    access: 'viewer',
    answers: { 200: z.object({ pipelines: z.array(Pipeline) }) },
    answer: ({ principal }) => ({
      pipelines: [
        ...Object.keys(pipelines).filter((name) => may(principal, 'viewer', { pipeline: name })),
        ...Object.keys(visibleDocuments(principal, context.documents)),
      ].map((name) => rowOf(context, name)),
    }),
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/pipelines/:pipeline',
    name: 'getPipeline',
    group,
    summary: 'Get a pipeline: its steps in order, which waits for which, and of a document the document.',
    access: 'viewer',
    params: pipelineParams,
    answers: { 200: PipelineDetails },
    problems: [404, 503],
    answer: ({ params, principal }) =>
      detailsOf(context, visiblePipeline(context, principal, params.pipeline)),
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/pipelines/:pipeline/schema',
    name: 'getPipelineSchema',
    group,
    summary: 'Get the JSON Schema of the input of a pipeline.',
    access: 'viewer',
    params: pipelineParams,
    answers: { 200: z.record(z.string(), z.unknown()) },
    problems: [404, 503],
    answer: ({ params, principal }) => {
      const name = visiblePipeline(context, principal, params.pipeline);
      return isPipeline(name) ? inputSchemaOf(name) : { title: name, ...context.documents[name]?.input };
    },
  });
  addCheck(app, context);
}

function addCheck(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/pipelines/check',
    name: 'checkPipeline',
    group,
    summary:
      'Check a document: every fault, with line, column and what is allowed. Nothing is kept or started.',
    access: 'viewer',
    body: DocumentText,
    answers: { 200: CheckedDocument },
    problems: [503],
    answer: async ({ body, principal, reply }) => {
      const isGone = (): boolean => reply.raw.destroyed || reply.raw.socket?.destroyed === true;
      const asked = askedBy(principal, body.document, context);
      const found = await context.documentChecks.check(asked, principal, isGone);
      return { faults: [], warnings: [], ...found };
    },
  });
}

/** A document to check, by what its author may know. */
function askedBy(principal: Principal, text: string, { config, documents }: ServerContext): AskedCheck {
  const { connections, platformOf, dialectOf, services, methodsOf } = documentsIn(config);
  const visible = connections.filter((connection) => may(principal, 'viewer', { connection }));
  return {
    text,
    connections: new Map(
      visible.map((name) => [name, { platform: platformOf(name), dialect: dialectOf(name) }]),
    ),
    services: new Map(services.map((name) => [name, methodsOf(name) ?? []])),
    listsServices: may(principal, 'viewer', everything),
    documents: Object.keys(visibleDocuments(principal, documents)),
  };
}

function rowOf({ documents }: ServerContext, name: string): z.input<typeof Pipeline> {
  const document = documents[name];
  const steps = Object.keys(isPipeline(name) ? pipelines[name].steps : (document?.steps ?? {}));
  const description = document?.description;
  return {
    ...{ name, steps, schema: `/v1/pipelines/${name}/schema` },
    ...(description !== undefined && { description }),
    kind: document === undefined ? 'built-in' : 'document',
  };
}

function detailsOf(context: ServerContext, name: string): z.input<typeof PipelineDetails> {
  const whole = context.documents[name];
  const row = rowOf(context, name);
  if (whole !== undefined) {
    const { children: _, ...document } = whole; // each is there by its own name, for whoever may see it
    return { ...row, document, graph: graphOfDocument(document) };
  }
  return { ...row, graph: graphOfPipeline(isPipeline(name) ? pipelines[name].steps : {}) };
}

/** @throws LonghaulError `PIPELINE_UNKNOWN`; `CONFIG_INVALID` of a document that has faults */
function visiblePipeline({ documents, faulty }: ServerContext, principal: Principal, name: string): string {
  const isThere = isPipeline(name) || Object.hasOwn(visibleDocuments(principal, documents), name);
  const isSeen = may(principal, 'viewer', { pipeline: name });
  if (isThere && isSeen) return name;
  if (isSeen) refuseFaulty(name, faulty);
  throw new LonghaulError('PIPELINE_UNKNOWN', `there is no pipeline "${name}"; GET /v1/pipelines lists them`);
}
