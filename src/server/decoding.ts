/** The codec endpoint of Temporal's Web UI: whoever may see everything may see decrypted what Temporal stores encrypted. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { everything, requireRole } from '../access/principal.js';
import { readPayloadKeys } from '../config/payload-keys.js';
import { type Payload, type PayloadCipher, createCipher, isEncrypted } from '../encryption/cipher.js';
import { LonghaulError } from '../run/failures/errors.js';
import { noted } from './audit.js';
import type { ServerContext } from './context.js';
import { addRoute } from './route.js';

const EncodedPayload = z.object({
  metadata: z.record(z.string().max(100), z.base64()).default({}),
  data: z.base64().default(''),
});
const EncodedPayloads = z.object({ payloads: z.array(EncodedPayload).max(1_000) });

const url = '/codec/decode';
/** Temporal keeps no message larger than 4 MiB; Base64 makes a third more of it. */
const bodyLimit = 6 * 1024 * 1024;

/** Adds the endpoint, and the answer to the question of browsers whether a page of another origin may ask it. */
export function addDecodingRoute(app: FastifyInstance, context: ServerContext): void {
  const { config } = context;
  const { uiOrigins } = config.encryption;
  const cipher = createCipher(readPayloadKeys(config), config.temporal.namespace ?? 'default');
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== url) return;
    reply.header('vary', 'Origin');
    const origin = uiOrigins.find((one) => one === request.headers.origin);
    if (origin !== undefined) reply.header('access-control-allow-origin', origin);
  });
  app.options(url, { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply
      .headers({
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'authorization, content-type, x-namespace',
      })
      .code(204)
      .send(),
  );
  addRoute(app, {
    method: 'POST',
    url,
    name: 'decodePayloads',
    group: 'operation',
    summary: 'Decrypt payloads, for Temporal’s Web UI.',
    description:
      'The codec endpoint of Temporal: the UI’s codec address is this server’s, with `/codec`. What no key decrypts is answered as it came.',
    access: 'admin',
    bodyLimit,
    body: EncodedPayloads,
    answers: { 200: EncodedPayloads },
    refuse: (_params, request) => {
      refuseOtherNamespace(request, config.temporal.namespace ?? 'default');
    },
    answer: ({ principal, body: { payloads }, request }) => {
      requireRole(principal, 'admin', 'decrypting payloads', everything);
      const all = payloads.map((payload) => decoded(payload, cipher));
      const count = all.filter((payload, at) => payload !== payloads[at]).length;
      if (count > 0) noted(context, request, { action: 'payloads.decrypt', object: `${count} payloads` });
      return { payloads: all };
    },
  });
}

function refuseOtherNamespace({ headers }: FastifyRequest, namespace: string): void {
  const asked = headers['x-namespace'];
  if (asked !== undefined && asked !== namespace)
    throw new LonghaulError(
      'REQUEST_MALFORMED',
      `this server has the keys of the namespace ${namespace} only`,
    );
}

type Encoded = z.output<typeof EncodedPayload>;

function decoded(payload: Encoded, { decrypt }: PayloadCipher): Encoded {
  try {
    const bytes = bytesIn(payload);
    if (!isEncrypted(bytes)) return payload;
    const { metadata, data } = decrypt(bytes);
    return {
      metadata: Object.fromEntries(
        Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]),
      ),
      data: base64(data ?? new Uint8Array()),
    };
  } catch (error) {
    if (error instanceof LonghaulError) return payload;
    throw error;
  }
}

const bytesIn = ({ metadata, data }: Encoded): Payload => ({
  metadata: Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
  ),
  data: Buffer.from(data, 'base64'),
});

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
