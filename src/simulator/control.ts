/** `/_simulator`: the ledger, faults, the clock and the description of what is served. It needs no key, unless commands really run. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Refusal, notFound } from './errors.js';
import { type Fault, FaultBody, type FaultTarget, canStrike, isNamedBy } from './fault-body.js';
import type { Faults } from './faults.js';
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

/** Adds the routes of `/_simulator`. Faults are accepted that can strike one of the endpoints. */
export function addControlRoutes(
  app: FastifyInstance,
  { ledger, faults, simulation }: ControlledParts,
  endpoints: readonly FaultTarget[],
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
      checkReach(fault, endpoints);
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

/**
 * A fault that no request can meet is a mistake.
 *
 * @throws Refusal 400
 */
function checkReach(fault: Fault, endpoints: readonly FaultTarget[]): void {
  const named = endpoints.filter(({ endpoint }) => isNamedBy(fault.endpoint, endpoint));
  if (named.length === 0) {
    const names = endpoints.map(({ endpoint }) => endpoint).join(', ');
    throw new Refusal(400, `endpoint: ${fault.endpoint} is none of ${names}`);
  }
  if (!named.some((one) => canStrike(fault, one)))
    throw new Refusal(400, `endpoint: no request of ${fault.endpoint} is one that this fault strikes`);
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
