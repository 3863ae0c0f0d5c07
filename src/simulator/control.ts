/** `/_simulator`: the ledger, faults, the clock and the description of what is served. It needs no key, unless commands really run. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { jsonOf, read } from './bodies.js';
import type { Clock } from './clock.js';
import { Refusal } from './errors.js';
import { type Fault, FaultBody, type FaultTarget, canStrike, isNamedBy } from './fault-body.js';
import type { Faults } from './faults.js';
import { openApi } from './openapi.js';
import type { Ledger } from './ledger.js';
import type { SimulatedWing } from './wing.js';

const ClockBody = z
  .strictObject({ speed: z.number().positive().optional(), advanceSeconds: z.number().positive().optional() })
  .refine(({ speed, advanceSeconds }) => speed ?? advanceSeconds, 'needs speed or advanceSeconds');
const ResetBody = z.strictObject({ world: z.record(z.string(), z.unknown()).optional() });
const Since = z.object({ since: z.coerce.number().int().nonnegative().default(0) });

/** What is looked at and changed from outside. */
export interface ControlledParts {
  readonly wing: SimulatedWing;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly faults: Faults;
  /**
   * Has the platform begin anew, with a world that is given or with its own.
   *
   * @throws Error when the world is not valid: then nothing has changed
   */
  readonly reset: (world: object | undefined) => Promise<void>;
}

/** Adds the routes of `/_simulator`. Faults are accepted that can strike one of the endpoints. */
export function addControlRoutes(
  app: FastifyInstance,
  { wing, clock, ledger, faults, reset }: ControlledParts,
  endpoints: readonly FaultTarget[],
): void {
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
  app.post('/_simulator/reset', async (request, reply) => {
    try {
      await reset(read(ResetBody, jsonOf(request.body) ?? {}).world);
    } catch (error) {
      return reply.code(400).send({ error: error instanceof Error ? error.message : String(error) });
    }
    ledger.clear();
    faults.clear();
    return reply.code(204).send();
  });
  for (const [name, control] of Object.entries(wing.controls))
    app.post(
      `/_simulator/${name}`,
      answered(({ body }) => control(jsonOf(body))),
    );
  app.get(
    '/_simulator/openapi.json',
    answered(() => openApi(wing)),
  );
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
