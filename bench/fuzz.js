/**
 * Hostile requests to a server: `npm run fuzz -- --requests 100000 --seed 7`.
 *
 * Request n of a seed is always the same, whatever the order in which answers come. It ends with 1, the seed and the
 * request when the server dies, answers 5xx that is no classified problem, answers an error that is no problem, is
 * slow or grows.
 */
import { parseArgs } from 'node:util';
import { failureKinds } from '../dist/run/failures/errors.js';
import { createHostileRequests } from './fuzz-requests.js';
import { send } from './fuzz-send.js';
import { smallInput, startPath, withServer } from './server-stage.js';
import { inParallel, quantile, residentMb } from './stage.js';

const width = 64;
const runsAtStart = 20;
const limits = { eventLoopMs: 100, growthMb: 50 };

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '10000' }, seed: { type: 'string' } },
});
const requests = Number(values.requests);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));

/** What is wrong with an answer, or `null`. */
function faultOf({ status, contentType, body }, { method, partial }) {
  if (status === 0) return null; // cut off: allowed for what is no HTTP; a dead server is seen otherwise
  if (status < 400) return null;
  if (status === 500 || (status > 500 && ![502, 503].includes(status))) return `a ${status}`;
  if (method === 'HEAD' || partial) return null;
  let problem;
  try {
    problem = JSON.parse(body);
  } catch {
    return 'an error that is not JSON';
  }
  const isWellFormed =
    contentType.startsWith('application/problem+json') &&
    problem.status === status &&
    problem.code in failureKinds &&
    problem.code !== 'INTERNAL' &&
    problem.type === `urn:longhaul:${problem.code}` &&
    [problem.title, problem.detail, problem.requestId].every((text) => typeof text === 'string');
  return isWellFormed ? null : 'an error that is no problem';
}

const codeOf = ({ status, body }) =>
  status < 400 ? '' : (/"code":"([A-Z_]+)"/.exec(body)?.[1] ?? 'no body');

const violation = await withServer({}, async ({ server }) => {
  for (let index = 0; index < runsAtStart; index += 1) await startRun(server.url, `fuzz-${index}`);
  const document = await (await fetch(`${server.url}/openapi.json`)).json();
  const hostile = createHostileRequests({ document, seed, input: smallInput, runs: runsAtStart });
  const counts = new Map();
  const resident = [];
  const delays = [];
  let found = null;
  let sent = 0;
  const look = async () => delays.push(await eventLoopMs(server.url));
  await look(); // it is of the time since the look before
  const looking = setInterval(() => void look().catch(() => undefined), 10_000);
  const beganMs = Date.now();
  await inParallel(requests, width, async (index) => {
    if (found !== null) return;
    const request = hostile(index);
    const answer = await send(server.url, request);
    const fault = server.isUp() ? faultOf(answer, request) : 'the end of the server';
    if (fault !== null) found ??= { fault, index, answer, request, log: server.lastLines().slice(-5) };
    const name = `${answer.status} ${codeOf(answer)}`.trim();
    counts.set(name, (counts.get(name) ?? 0) + 1);
    sent += 1;
    if (sent % Math.ceil(requests / 10) === 0) resident.push(residentMb(server.pid));
  });
  clearInterval(looking);
  const seconds = (Date.now() - beganMs) / 1_000;
  if (found === null) await look();
  delays.shift();
  report({ counts, resident, delays, seconds, sent });
  if (found !== null) return found;
  // The first third warms up: code is compiled, and the heap takes the size that it works in.
  const third = Math.floor(resident.length / 3);
  const growth = quantile(resident.slice(-third), 0.5) - quantile(resident.slice(third, 2 * third), 0.5);
  if (growth > limits.growthMb) return { fault: `a growth of ${Math.round(growth)} MB` };
  if (Math.max(...delays) > limits.eventLoopMs) return { fault: `an event loop that was late: ${delays} ms` };
  return null;
});

if (violation !== null) {
  console.error(`seed ${seed}: ${violation.fault}\n${JSON.stringify(violation, readable, 2)}`);
  process.exit(1);
}
console.log(`seed ${seed}: nothing found`);
process.exit(0);

/** Bytes as text. */
function readable(_key, value) {
  return value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value;
}

async function startRun(url, key) {
  const answer = await fetch(`${url}${startPath}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ input: smallInput }),
  });
  if (answer.status !== 201) throw new Error(await answer.text());
}

/** The 99th percentile of the delay of the server's event loop since this was asked before. */
async function eventLoopMs(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Math.round(Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)[1]) * 1_000);
}

function report({ counts, resident, delays, seconds, sent }) {
  console.log('| answer | count |\n| --- | --- |');
  for (const [name, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`| ${name === '0' ? 'cut off' : name} | ${count} |`);
  console.log(`\n${sent} requests in ${Math.round(seconds)} s, ${Math.round(sent / seconds)} per second`);
  console.log(`memory of the server after each tenth: ${resident.map(Math.round).join(', ')} MB`);
  console.log(`event loop delay, p99 of each 10 s: ${delays.join(', ')} ms`);
}
