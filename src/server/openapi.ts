/** OpenAPI from the very schemas that validate, and a page that shows it. */
import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

const tags = {
  runs: 'Start runs, follow and steer them.',
  replays: 'Continue runs that have not succeeded: plan first, then apply that plan.',
  approvals: 'Decide what runs wait for, with a credential or by a link that was sent.',
  retrainings: 'What each retraining decided, by what, and came to.',
  campaigns: 'Replays of many runs: a dry run, canaries, the rest at a pace.',
  schedules: 'What starts runs by the clock.',
  pipelines: 'What can be run, and what its input must be.',
  connections: 'The platforms that runs act on, and whether they answer.',
  webhooks: 'Events that start runs, and events of runs that others are told.',
  audit: 'Who changed what.',
  operation: 'Health, metrics and this description.',
} as const;

/** A group of routes, as the page shows them. */
export type Tag = keyof typeof tags;

/** Adds both; routes that are added later are in it. */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Longhaul',
        version,
        description: 'Starts machine-learning pipelines on Domino and UbiOps, follows and steers them.',
        license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
      },
      servers: [{ url: '/' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`lh_…`) or a JSON Web Token.' },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => withoutUnused(jsonSchemaTransformObject(input)),
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    uiConfig: { layout: 'BaseLayout' },
  });
}

/** Everything comes from this server. The plugin’s own policy has browsers ask by https alone, which a server may not speak. */
const pagePolicy =
  "default-src 'self'; base-uri 'self'; font-src 'self' data:; frame-ancestors 'self'; img-src 'self' data:; object-src 'none'; script-src-attr 'none'";

type Document = ReturnType<SwaggerTransformObject>;

/** Each schema is generated as it is sent and as it is answered; few are used both ways. */
function withoutUnused(document: Document): Document {
  if (!('openapi' in document)) return document;
  const schemas: Record<string, unknown> = document.components?.schemas ?? {};
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name] ?? null);
    }
  };
  visit(document.paths ?? {});
  for (const name of Object.keys(schemas)) if (!used.has(name)) Reflect.deleteProperty(schemas, name);
  return document;
}
