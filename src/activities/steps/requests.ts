/** Requests to services that the configuration names, as effects. */
import type { Effect } from '../../run/undoing/effect.js';
import type { HttpSpec, RequestEffects } from '../../run/documents/requests.js';
import type { Json } from '../../run/steps.js';
import { PlatformError } from '../../platform/errors.js';
import { parseJson } from '../../platform/json.js';
import { type Service, type ServiceOutcome, sendToService } from '../../services/send.js';
import { type Attempt, markerOf } from '../effect/attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { creating } from '../effect/ensure.js';
import { keptOf } from './kept-answer.js';
import { sendOnce } from '../effect/once.js';

type Sending = Effect & HttpSpec;

/** Builds them. */
export const createRequestActivities = (deps: ActivityDependencies): Pick<RequestEffects, 'sendRequest'> => ({
  sendRequest: creating(deps, async (spec: Sending, attempt) => {
    const service = serviceOf(deps, spec);
    const what = titleOf(spec);
    const send = (): Promise<Answered> => sendNow(deps, { service, spec, attempt });
    const { status, text } = await (spec.replay === 'once' ? sendOnce(attempt, what, send) : send());
    return { status, body: keptOf(bodyOf(text), { select: spec.select, masking: deps, what }) };
  }),
});

const titleOf = ({ method, path, service }: HttpSpec): string =>
  `${method} ${path.length <= 200 ? path : `${path.slice(0, 199)}…`} of service ${service}`;

function serviceOf({ service }: ActivityDependencies, { service: name, method }: HttpSpec): Service {
  const found = service(name);
  if (found === null) throw unusable(`this worker has no service "${name}" in its configuration`);
  if (found.methods.includes(method)) return found;
  throw unusable(`service ${name} takes ${found.methods.join(', ')} alone, by \`services.${name}.methods\``);
}

interface Sent {
  readonly service: Service;
  readonly spec: Sending;
  readonly attempt: Attempt;
}

type Answered = ServiceOutcome & { readonly kind: 'answered' };

/** The answer, where its status is one that is expected. */
async function sendNow(
  { redact }: ActivityDependencies,
  { service, spec, attempt }: Sent,
): Promise<Answered> {
  const what = titleOf(spec);
  // A worker that was frozen must not send what another attempt has sent meanwhile.
  if (performance.now() >= attempt.deadlineMs())
    throw unavailable(spec, `${what} was not sent: its attempt is over`);
  const heldMs = Math.max(attempt.heldMs, service.gate?.standing().heldMs ?? 0);
  if (heldMs > 0)
    // Its own word, and no doubt about it: it is not asked, for as long as that lasts.
    throw new PlatformError(
      'PLATFORM_THROTTLED',
      `${what} was not sent: the service asked to be sent nothing for a while`,
      { retryAfterMs: heldMs, from: `service ${spec.service}` },
    );
  const { method, path, query, body, replay, origin } = spec;
  const idempotencyKey = replay === 'idempotent' ? keyOf(origin) : undefined;
  const outcome = await sendToService(service, { method, path, query, body, idempotencyKey });
  if (outcome.kind === 'answered' && isExpected(outcome.status, spec)) return outcome;
  const refusal = refusalOf(outcome, { spec, what, redact, attempt });
  if (refusal.retryAfterMs !== undefined) service.gate?.hold(refusal.retryAfterMs);
  throw refusal;
}

/** The marker of the effect, without what a header would have to quote. */
const keyOf = (origin: Effect['origin']): string => markerOf(origin).slice(1, -1).replace(':', '-');

const isExpected = (status: number, { expect }: HttpSpec): boolean =>
  expect === undefined ? status >= 200 && status < 300 : expect.includes(status);

function bodyOf(text: string): Json {
  if (text.trim() === '') return null;
  try {
    return parseJson(text) as Json; // it yields nothing else
  } catch {
    return text;
  }
}

interface Refusing {
  readonly spec: HttpSpec;
  readonly what: string;
  readonly redact: (text: string) => string;
  readonly attempt: Pick<Attempt, 'hasStayed'>;
}

function refusalOf(outcome: ServiceOutcome, refusing: Refusing): PlatformError {
  const { spec, what, redact } = refusing;
  switch (outcome.kind) {
    case 'unusable':
      return unusable(`${what} cannot be sent: ${redact(outcome.line)}`);
    case 'not-sent':
      return unavailable(spec, `${what} could not be sent: ${outcome.line}`);
    case 'broken':
      return outcome.isTooLarge === true
        ? new PlatformError('ANSWER_TOO_LARGE', `${what}: ${outcome.line}`, {
            ambiguous: spec.replay === 'once',
          })
        : unavailable(spec, `${what} got no whole answer: ${outcome.line}`, { isSent: true });
    case 'answered':
      return refusedBy(outcome, refusing);
  }
}

function refusedBy(
  { status, text, contentType, retryAfterMs }: Answered,
  { spec, what, redact, attempt }: Refusing,
): PlatformError {
  const said = `${what} was answered ${status}${wordsOf(redact(text.slice(0, mostRead)), contentType)}`;
  if (status === 429) return unavailable(spec, said, { retryAfterMs });
  if (status === 408 || status === 425 || status >= 500)
    return unavailable(spec, said, { isSent: true, retryAfterMs });
  // What one answer says may pass; and a page, or a redirect, is perhaps not the service's own.
  const mayPass = !attempt.hasStayed('SERVICE_UNAVAILABLE');
  if ([401, 403, 407].includes(status)) {
    const why = `${said}: its credential is not accepted`;
    return mayPass ? unavailable(spec, why) : unusable(why);
  }
  const isRedirect = status >= 300 && status < 400;
  const why = isRedirect ? `${said}, and redirects are not followed` : said;
  const isUnclear = isRedirect || isPage(text, contentType);
  if (isUnclear && (mayPass || spec.replay === 'once')) return unavailable(spec, why, { isSent: true });
  return new PlatformError('SERVICE_REFUSED', why, { status });
}

const isPage = (text: string, contentType: string): boolean =>
  contentType.includes('html') || /^\s*</.test(text);

/** Cut before it is masked, it could end in the middle of a secret: far behind what is told. */
const mostRead = 20_000;

/** The beginning of what it says; of a page, nothing. */
function wordsOf(text: string, contentType: string): string {
  if (isPage(text, contentType) || text.trim() === '') return '';
  return `: ${text.trim().replaceAll(/\s+/g, ' ').slice(0, 300)}`;
}

const unusable = (message: string): PlatformError => new PlatformError('SERVICE_UNUSABLE', message);

const unavailable = (
  { service, replay }: HttpSpec,
  message: string,
  {
    isSent = false,
    retryAfterMs,
  }: { readonly isSent?: boolean; readonly retryAfterMs?: number | undefined } = {},
): PlatformError =>
  new PlatformError('SERVICE_UNAVAILABLE', message, {
    ambiguous: isSent && replay !== 'safe',
    retryAfterMs,
    from: `service ${service}`,
  });
