/** `/_simulator`: the ledger, faults, the clock and the description of what is served. It needs no key. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Refusal, notFound } from './errors.js';
import { FaultBody, type Faults } from './faults.js';
import { openApi } from './openapi.js';
import type { Ledger } from './ledger.js';
import { type Simulation, need } from './simulation.js';
import { jsonOf } from './tolerant.js';

const ClockBody = z
  .strictObject({ speed: z.number().positive().optional(), advanceSeconds: z.number().positive().optional() })
  .refine(({ speed, advanceSeconds }) => speed ?? advanceSeconds, 'needs speed or advanceSeconds');
const HealthBody = z.strictObject({
  modelApiId: z.string(),
  versionId: z.string(),
  status: z.enum(['Running', 'Failed', 'Stalled', 'Unreachable']),
});
const Since = z.object({ since: z.coerce.number().int().nonnegative().default(0) });

/** What is looked at and changed from outside. */
export interface ControlledParts {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly faults: Faults;
}

/** Adds the routes of `/_simulator`. Faults are accepted for the endpoints that are named. */
export function addControlRoutes(
  app: FastifyInstance,
  { ledger, faults, simulation }: ControlledParts,
  endpointNames: readonly string[],
): void {
  const { clock } = simulation;
  app.get(
    '/_simulator/ledger',
    answered(({ query }) => ledger.entries(read(Since, query).since)),
  );
  app.get(
    '/_simulator/faults',
    answered(() => faults.list()),
  );
  app.post(
    '/_simulator/faults',
    answered((request) => {
      const fault = read(FaultBody, jsonOf(request.body));
      if (!endpointNames.includes(fault.endpoint))
        throw new Refusal(400, `endpoint: ${fault.endpoint} is none of ${endpointNames.join(', ')}`);
      return faults.add(fault);
    }),
  );
  app.delete('/_simulator/faults', (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  app.post(
    '/_simulator/clock',
    answered((request) => {
      const { speed, advanceSeconds = 0 } = read(ClockBody, jsonOf(request.body));
      if (speed !== undefined) clock.setSpeed(speed);
      clock.advance(advanceSeconds * 1000);
      return { speed: clock.speed, now: new Date(clock.now()).toISOString() };
    }),
  );
  app.post(
    '/_simulator/health',
    answered((request) => {
      const { modelApiId, versionId, status } = read(HealthBody, jsonOf(request.body));
      const { versions } = need(simulation.state.modelApis, modelApiId, 'model API');
      const version = versions.find(({ id }) => id === versionId);
      if (version === undefined) throw notFound('model API version', versionId);
      version.told = { at: clock.now(), status };
      return { modelApiId, versionId, status };
    }),
  );
  app.get('/_simulator/openapi.json', answered(openApi));
}

/** Answers JSON, and a refusal as 400 with what is wrong. */
const answered =
  (answer: (request: FastifyRequest) => object) =>
  (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    try {
      return reply.send(answer(request));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return reply.code(error.status).send({ error: error.message });
    }
  };

function read<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new Refusal(400, issues.join('; '));
}
