/** How requests begin, and how those go that do not really run. */
import { Refusal } from '../errors.js';
import { takeOne } from './packages.js';
import { type Simulation, birth } from './world/simulation.js';
import type { Deployment, Plan, Request, Version } from './world/state.js';

/** The deployment that the vendor's client trains with. */
export const trainingDeployment = 'training-base-deployment';

/**
 * Checks an input by the fields of the deployment.
 *
 * @throws Refusal 400
 */
export function checkInput({ inputType, inputFields }: Deployment, input: unknown): void {
  if (inputType === 'plain') return;
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new Refusal(400, 'The input of a structured deployment must be an object');
  const names = inputFields.map(({ name }) => name);
  const missing = names.find((name) => !(name in input));
  if (missing !== undefined) throw new Refusal(400, `Missing input field: ${missing}`);
  const unknown = Object.keys(input).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Refusal(400, `Unknown input field: ${unknown}`);
}

/** Begins a request; with real execution, its end comes when it comes. */
export function startRequest(
  simulation: Simulation,
  version: Version,
  { input, timeoutSeconds }: Pick<Request, 'input' | 'timeoutSeconds'>,
): Request {
  const { ids, clock, world, execution } = simulation;
  const born = birth(simulation);
  const isTraining = version.deployment.name === trainingDeployment;
  const { minutes, ...plan } = planOf(simulation, version, input);
  const range = isTraining ? world.durations.training : world.durations.request;
  const runMs = minutes === undefined ? ids.durationMs(born.id, range) : minutes * 60_000;
  const startsAt = clock.now() + ids.durationMs(`${born.id} pending`, world.durations.pending);
  const isLate = execution === null && runMs > timeoutSeconds * 1_000;
  const request: Request = {
    ...born,
    ...{ version, input, timeoutSeconds, startsAt },
    endsAt: startsAt + (isLate ? timeoutSeconds * 1_000 : runMs),
    plan: isLate ? { ...plan, status: 'failed', error: timedOut(timeoutSeconds) } : plan,
  };
  version.requests.push(request);
  execution?.launch(simulation, request);
  return request;
}

/** The error of a request that took longer than it may. */
export const timedOut = (seconds: number): string => `The request timed out after ${seconds} seconds`;

type Timed = Plan & { readonly minutes: number | undefined };

/** By the world's first rule that matches. */
function planOf(simulation: Simulation, { deployment }: Version, input: unknown): Timed {
  const text = JSON.stringify(input);
  const rule = simulation.world.requests.find(
    (one) =>
      one.deployment.test(deployment.name) && one.input?.test(text) !== false && takeOne(simulation, one),
  );
  const result = rule?.result ?? usualResult(deployment, input);
  return {
    status: rule?.status ?? 'completed',
    result,
    error: rule?.error ?? '',
    log: rule?.log ?? (rule?.status === 'failed' ? [rule.error] : ['the request was received', 'done']),
    minutes: rule?.minutes,
  };
}

function usualResult({ name, outputType, outputFields }: Deployment, input: unknown): unknown {
  if (name === trainingDeployment) return { artifact: null, metadata: {}, metrics: { accuracy: 0.95 } };
  if (outputType === 'plain') return input;
  const fields: Readonly<Record<string, unknown>> = typeof input === 'object' ? { ...input } : {};
  return Object.fromEntries(outputFields.map((field) => [field.name, fields[field.name] ?? null]));
}
