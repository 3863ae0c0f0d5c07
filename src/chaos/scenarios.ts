/** The scenarios: which faults the platform has, what happens to processes, and how runs share names. */
import type { Dice } from './dice.js';
import type { NameSharing, PlatformName } from './workload.js';

/** A fault of the simulator, as `POST /_simulator/faults` takes it, without its seed. */
export interface StatedFault {
  readonly endpoint: string;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** What happens to processes, each as often as its weight says. */
export interface ProcessFaults {
  /** SIGKILL of a worker, or of all of them. */
  readonly kill?: number;
  /** SIGSTOP of a worker, SIGCONT after up to 14 s: longer than its heartbeat counts. */
  readonly freeze?: number;
  /** SIGTERM of a worker. */
  readonly drain?: number;
  /** Temporal is stopped, or killed, and started again. */
  readonly temporal?: number;
  /** Bounds of the time between two of them. */
  readonly everyMs: readonly [number, number];
}

/** What faults are made for. */
export interface Surroundings {
  /** Another host, to which they lead. */
  readonly strangerUrl: string;
  /** The endpoints of the platform whose creations may be carried out late. */
  readonly creations: readonly string[];
}

/** One way to disturb runs. */
export interface Scenario {
  readonly name: string;
  /** In one line. */
  readonly says: string;
  /** Whose built-in runs it disturbs. */
  readonly platform: PlatformName;
  readonly faults: (dice: Dice, to: Surroundings) => readonly StatedFault[];
  readonly processes?: ProcessFaults;
  /**
   * So many times as long as elsewhere do jobs take. What was made twice must be stopped before it ends by itself, and
   * nobody looks while a worker is dead, frozen or asked to wait, or while the machine has no time.
   */
  readonly jobPace?: number;
  /** The share of runs that are cancelled, at any time of their lives. */
  readonly cancels?: number;
  readonly sharing?: Partial<NameSharing>;
  /** Other users start jobs, add revisions to environments and use similar names. */
  readonly others?: boolean;
  /** How often an operator lets a parked run try again; left out, 8 times. */
  readonly retries?: number;
  /** Of its throttling answers. */
  readonly retryAfterMs?: number;
  /** Its share of all runs, beside those of the others. */
  readonly weight: number;
}

/** 10 % of the requests are answered 5xx; of half of them, the platform has carried them out. */
const errors: readonly StatedFault[] = [
  { endpoint: '*', kind: 'status', probability: 0.05, status: 503, body: { error: 'overloaded' } },
  {
    ...{ endpoint: '*', kind: 'status', probability: 0.05, status: 502, carryOut: true },
    ...{ headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' },
  },
];

const lostAnswers = (share: number): readonly StatedFault[] => [
  { endpoint: '*', kind: 'lose-answer', requests: 'writes', probability: share },
  { endpoint: '*', kind: 'lose-request', probability: share / 4 },
  { endpoint: '*', kind: 'truncate', requests: 'writes', probability: share / 3 },
  { endpoint: '*', kind: 'garble', requests: 'writes', into: 'half', probability: share / 4 },
  { endpoint: '*', kind: 'garble', requests: 'writes', into: 'nothing', probability: share / 4 },
  { endpoint: '*', kind: 'garble', requests: 'writes', into: 'gzip', probability: share / 4 },
  { endpoint: '*', kind: 'status', requests: 'writes', status: 408, carryOut: true, probability: share / 4 },
  { endpoint: '*', kind: 'hold-answer', requests: 'writes', ms: 4_000, probability: share / 8 },
];

/**
 * From soon after the connection broke, or a gateway timed out, until after all look-ups of the creation are over, and,
 * however long those take on a slow machine, soon after it was sent once more.
 */
const lateBy = [
  { when: 'soon', ms: [200, 700] },
  { when: 'soon, after a gateway timed out', ms: [500, 1_000], status: 408 },
  { when: 'later', ms: [800, 1_600] },
  { when: 'late', ms: [1_800, 2_800] },
  { when: 'soon afterwards', ms: [200, 700], after: 'repeat' },
  { when: 'afterwards', ms: [1_000, 2_500], after: 'repeat' },
] as const;

const lateCommits = (dice: Dice, share: number, { creations }: Surroundings): readonly StatedFault[] =>
  creations.flatMap((endpoint) =>
    lateBy.map(({ when, ms: [least, most], ...rest }) => ({
      ...{ endpoint, kind: 'late-commit', probability: share / lateBy.length, ...rest },
      ms: dice.between(`${endpoint} ${when}`, least, most),
    })),
  );

/** Shorter than creations are looked for. */
const lags = [
  [150, 300],
  [350, 450],
] as const;

const stale = (dice: Dice, share: number): readonly StatedFault[] => [
  ...lags.map(([least, most], at) => ({
    ...{ endpoint: '*', kind: 'stale', ms: dice.between(`stale ${at}`, least, most) },
    probability: share / lags.length,
  })),
  { endpoint: '*', kind: 'page-shift', items: 'twice', probability: 0.3 },
  { endpoint: '*', kind: 'page-shift', items: 'missing', probability: 0.3 },
];

/** What stands between: pages and words that are not the platform’s. */
const proxies = (share: number, { strangerUrl }: Surroundings): readonly StatedFault[] =>
  [
    { status: 404, headers: { 'content-type': 'text/plain' }, body: 'default backend - 404' },
    { status: 403, headers: { 'content-type': 'text/html' }, body: '<h1>rate limit exceeded</h1>' },
    { status: 302, headers: { location: `${strangerUrl}/login` } },
    { status: 200, headers: { 'content-type': 'text/html' }, body: '<title>Sign in</title>' },
    { status: 200, body: {} },
    { status: 400, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Request</h1>' },
  ].map((answer) => ({ endpoint: '*', kind: 'status', probability: share / 6, ...answer }));

const throttling = (share: number, retryAfterS: number): readonly StatedFault[] => [
  {
    ...{ endpoint: '*', kind: 'status', probability: share, status: 429 },
    ...{ headers: { 'retry-after': String(retryAfterS) }, body: { error: 'too many requests' } },
  },
];

const outages = (dice: Dice): readonly StatedFault[] => [
  { endpoint: '*', kind: 'refuse-connection', ms: dice.between('outage', 800, 3_000), probability: 0.002 },
  { endpoint: '*', kind: 'slow-body', ms: 800, probability: 0.02 },
];

/** For longer than patience lasts: looks of all runs first, then whether the credential is accepted again. */
const revocation = (dice: Dice): readonly StatedFault[] => [
  {
    ...{ endpoint: '*', kind: 'status', status: 401, body: { errors: ['The API key is not valid'] } },
    ...{ occurrence: dice.between('revoked at', 40, 120), times: dice.between('revoked for', 180, 260) },
  },
];

const none = (): readonly StatedFault[] => [];

type Disturbance = Omit<Scenario, 'platform'>;

const disturbances: readonly Disturbance[] = [
  { name: 'calm', says: 'nothing is disturbed', faults: none, weight: 1 },
  { name: 'errors', says: '10 % of all requests are answered 5xx', faults: () => errors, weight: 1 },
  { name: 'lost-answers', says: 'answers to writes are lost', faults: () => lostAnswers(0.2), weight: 2 },
  {
    ...{ name: 'late-commits', says: 'creations are carried out after their connection broke' },
    ...{ faults: (dice, to) => lateCommits(dice, 0.4, to), jobPace: 2, weight: 2 },
  },
  {
    ...{ name: 'stale', says: 'reads lag behind, pages shift, answers are lost', others: true, weight: 1 },
    faults: (dice) => [...stale(dice, 0.5), ...lostAnswers(0.1)],
  },
  {
    ...{ name: 'proxies', says: 'pages and words that are not the platform’s', weight: 1 },
    faults: (_dice, to) => proxies(0.06, to),
  },
  {
    ...{ name: 'throttle', says: '429 with Retry-After', retryAfterMs: 5_000, weight: 1 },
    faults: () => throttling(0.006, 5),
  },
  { name: 'outages', says: 'refused connections, slow bodies', faults: outages, weight: 1 },
  { name: 'revoked-key', says: 'the key is refused for a while', faults: revocation, weight: 1 },
  {
    ...{ name: 'kills', says: 'workers are killed', faults: () => lostAnswers(0.04), weight: 3 },
    processes: { kill: 1, everyMs: [700, 2_500] },
    jobPace: 3,
  },
  {
    ...{
      name: 'freezes',
      says: 'workers are frozen and come back',
      faults: () => lostAnswers(0.04),
      weight: 1,
    },
    processes: { freeze: 3, drain: 1, everyMs: [1_000, 3_000] },
    jobPace: 3,
  },
  {
    ...{ name: 'temporal-restarts', says: 'Temporal is killed and started again', faults: none, weight: 1 },
    processes: { temporal: 1, everyMs: [4_000, 8_000] },
  },
  {
    ...{ name: 'cancels', says: 'runs are cancelled while answers are lost', cancels: 0.7, weight: 2 },
    jobPace: 2,
    faults: (dice, to) => [...lateCommits(dice, 0.15, to), ...lostAnswers(0.1), ...stale(dice, 0.2)],
  },
  {
    ...{ name: 'shared-names', says: 'runs share environments, models and model APIs', weight: 1 },
    ...{ faults: () => lostAnswers(0.1), sharing: { group: 4 }, others: true },
  },
  {
    ...{
      name: 'retrain',
      says: 'models are retrained, deployed, taken back',
      sharing: { retrain: 1 },
      weight: 1,
    },
    ...{ faults: (dice, to) => [...lateCommits(dice, 0.1, to), ...lostAnswers(0.1)], cancels: 0.15 },
  },
  {
    ...{ name: 'everything', says: 'all of it at once', cancels: 0.15, others: true, weight: 3 },
    sharing: { retrain: 0.2 },
    faults: (dice, to) => [
      ...errors.map((fault) => ({ ...fault, probability: 0.01 })),
      ...lostAnswers(0.06),
      ...lateCommits(dice, 0.06, to),
      ...stale(dice, 0.1),
      ...proxies(0.01, to),
      ...throttling(0.0005, 1),
    ],
    retryAfterMs: 1_000,
    processes: { kill: 4, freeze: 2, drain: 1, temporal: 1, everyMs: [1_500, 4_000] },
    jobPace: 5,
  },
];

/** What Domino alone has. */
const ofDomino = ['shared-names', 'retrain'];

/** How a disturbance is called on a platform. */
export const scenarioName = (disturbance: string, platform: PlatformName): string =>
  platform === 'domino' ? disturbance : `${platform}-${disturbance}`;

const on = (platform: PlatformName, of: readonly Disturbance[]): readonly Scenario[] =>
  of.map((one) => ({ ...one, platform, name: scenarioName(one.name, platform) }));

/** Every scenario, in the order in which they are played. */
export const scenarios: readonly Scenario[] = [
  ...on('domino', disturbances),
  ...on(
    'ubiops',
    disturbances.filter(({ name }) => !ofDomino.includes(name)),
  ),
];

/** The scenarios that words name: each by its name, or all of a platform by that. */
export const scenariosNamed = (words: readonly string[] | undefined): readonly Scenario[] =>
  scenarios.filter(
    ({ name, platform }) => words === undefined || [name, platform].some((one) => words.includes(one)),
  );
