/** One route: who may call it, the schemas that validate and document it, and what answers. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Principal, Role } from '../access/principal.js';
import type { Tag } from './openapi.js';
import { Problem } from './schemas.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `public`: also without a credential. A route that states none is refused when the server is built. */
    access?: Role | 'public';
  }
  interface FastifyRequest {
    principal: Principal;
    /** The names of all that there are. */
    pipelines?: readonly string[];
    /** Those of what is answered, once they are known. */
    connections?: readonly string[];
  }
}

/** What a route is given, validated. */
export interface RouteCall<Params, Query, Body, A extends Answers = Answers> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly principal: Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Answers with a status other than 200. */
  readonly send: <S extends keyof A>(
    status: S,
    body: Answered<A[S]>,
    headers?: Readonly<Record<string, string>>,
  ) => Sent;
}

/** What else an OpenAPI answer may be. */
export interface MediaAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/** By status: JSON of a schema, or something else. */
type Answers = Readonly<Record<number, z.ZodType | MediaAnswer>>;

/** What fits a schema: its lists are only read, and of an object that may have more, what is stated. */
type Fitting<T> = T extends readonly (infer Item)[]
  ? readonly Fitting<Item>[]
  : T extends object
    ? { readonly [K in keyof T as string extends K ? never : K]: Fitting<T[K]> }
    : T;

/** JSON that fits one of the answers; what is not JSON is written to the reply. */
type Answered<Answer> = Answer extends z.ZodType ? Fitting<z.input<Answer>> : FastifyReply;

/** An answer with a status other than 200. */
export interface Sent {
  readonly [sent]: FastifyReply;
}
const sent = Symbol('sent');

/** What a route returns: what it answers with 200, or what it has sent. */
type Told<A extends Answers> =
  | Sent
  | (200 extends keyof A ? Answered<A[200]> : never)
  | (Extract<A[keyof A], MediaAnswer> extends never ? never : FastifyReply);

export interface Route<Params, Query, Body, A extends Answers> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly name: string;
  readonly group: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly access: Role | 'public';
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly headers?: z.ZodType;
  /** Media types of the body, where it is no JSON. */
  readonly consumes?: readonly string[];
  /** In bytes, where more than the server’s own limit is needed. */
  readonly bodyLimit?: number;
  /** By status. */
  readonly answers: A;
  /** Statuses of the problems that it answers, besides those that every route may. */
  readonly problems?: readonly number[];
  /** Throws for a request that is refused by its path and its headers alone: its body is not read then. */
  readonly refuse?: (params: Params, request: FastifyRequest) => void;
  readonly answer: (call: RouteCall<Params, Query, Body, A>) => Told<A> | Promise<Told<A>>;
}

/** Adds a route; what it takes is validated before `answer` is called. */
export function addRoute<Params, Query, Body, const A extends Answers>(
  app: FastifyInstance,
  route: Route<Params, Query, Body, A>,
): void {
  const isPublic = route.access === 'public';
  const problems = [400, ...(isPublic ? [] : [401, 403]), ...(route.problems ?? []), 500];
  app.route({
    method: route.method,
    url: route.url,
    config: { access: route.access },
    ...(route.bodyLimit !== undefined && { bodyLimit: route.bodyLimit }),
    schema: {
      operationId: route.name,
      tags: [route.group],
      summary: route.summary,
      ...(route.description !== undefined && { description: route.description }),
      security: isPublic ? [] : [{ bearer: [] }],
      ...(route.params && { params: route.params }),
      ...(route.query && { querystring: route.query }),
      ...(route.body && { body: route.body }),
      ...(route.headers && { headers: route.headers }),
      ...(route.consumes && { consumes: route.consumes }),
      response: {
        ...Object.fromEntries(
          Object.entries(route.answers).map(([status, answer]) => [status, described(status, answer)]),
        ),
        ...Object.fromEntries(problems.map((status) => [status, problemAnswer])),
      },
    },
    ...(route.refuse && {
      onRequest: (request, _reply, done) => {
        route.refuse?.(request.params as Params, request); // texts, not validated yet
        done();
      },
    }),
    handler: async (request, reply) => {
      const told = await route.answer({
        params: request.params as Params, // the compiler above has validated all three by their schemas
        query: request.query as Query,
        body: request.body as Body,
        principal: request.principal,
        request,
        reply,
        send: (status, body, headers = {}) => ({
          [sent]: reply.code(Number(status)).headers(headers).send(body),
        }),
      });
      return isSent(told) ? told[sent] : told;
    },
  });
}

const isSent = (told: unknown): told is Sent => typeof told === 'object' && told !== null && sent in told;

const descriptions: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted: it will happen',
  204: 'Nothing more to tell',
};

const described = (status: string, answer: z.ZodType | MediaAnswer): MediaAnswer | z.ZodType =>
  'content' in answer || status === '204'
    ? answer
    : { description: descriptions[status] ?? 'Done', content: { 'application/json': { schema: answer } } };

const problemAnswer: MediaAnswer = {
  description: 'A problem',
  content: { 'application/problem+json': { schema: Problem } },
};
