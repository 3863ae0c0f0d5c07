/** The routes of pipelines. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Principal, may } from '../access/principal.js';
import { LonghaulError } from '../pipeline/errors.js';
import { inputSchemaOf } from '../pipeline/inputs.js';
import { isPipeline, pipelines } from '../pipelines/built-in.js';
import { addRoute } from './route.js';
import { Pipeline } from './schemas.js';

const pipelineParams = z.strictObject({ pipeline: z.string().max(64) });
const schemaOf = (name: string): string => `/v1/pipelines/${name}/schema`;

/** Adds the routes that list pipelines and publish the schemas of their inputs. */
export function addPipelineRoutes(app: FastifyInstance): void {
  const group = 'pipelines';
  addRoute(app, {
    method: 'GET',
    url: '/v1/pipelines',
    name: 'listPipelines',
    group,
    summary: 'List the pipelines that the caller may see.',
    access: 'viewer',
    answers: { 200: z.object({ pipelines: z.array(Pipeline) }) },
    answer: ({ principal }) => ({
      pipelines: Object.entries(pipelines)
        .filter(([name]) => may(principal, 'viewer', { pipeline: name }))
        .map(([name, { steps }]) => ({ name, steps: Object.keys(steps), schema: schemaOf(name) })),
    }),
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/pipelines/:pipeline',
    name: 'getPipeline',
    group,
    summary: 'Get a pipeline: its steps in order.',
    access: 'viewer',
    params: pipelineParams,
    answers: { 200: Pipeline },
    problems: [404],
    answer: ({ params, principal }) => {
      const name = visiblePipeline(principal, params.pipeline);
      return { name, steps: Object.keys(pipelines[name].steps), schema: schemaOf(name) };
    },
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
    problems: [404],
    answer: ({ params, principal }) => inputSchemaOf(visiblePipeline(principal, params.pipeline)),
  });
}

/** @throws LonghaulError `PIPELINE_UNKNOWN` */
function visiblePipeline(principal: Principal, name: string) {
  if (isPipeline(name) && may(principal, 'viewer', { pipeline: name })) return name;
  throw new LonghaulError('PIPELINE_UNKNOWN', `there is no pipeline "${name}"; GET /v1/pipelines lists them`);
}
