/** A simulator to talk to over HTTP, whose time stands nearly still until a test lets it pass. */
import type { Simulator } from '../../src/simulator/index.js';
import { type WorldOptions, openSimulator } from '../support/simulators.js';

/** Fixed durations, so that a test can say when something is over. */
export const fixedWorld = `
user: ada
projects: [{ owner: ada, name: iris, files: files }]
environments: [{ name: Standard, image: 'base:1', default: true }]
hardwareTiers: [{ id: small-k8s, name: Small, default: true }]
durations: { build: [100, 100], queue: [10, 10], job: [60, 60], deploy: [100, 100] }
`;

/** The parts of answers that tests read. What an answer lacks is `undefined`, whatever is said here. */
export interface Body {
  readonly id: string;
  readonly environment: Body;
  readonly environmentRevision: Body;
  readonly environmentRevisionId: string;
  readonly latestRevision: Body;
  readonly selectedRevision: Body;
  readonly job: Body;
  readonly jobs: readonly Body[];
  readonly status: Body;
  readonly statuses: Body;
  readonly executionStatus: string;
  readonly isCompleted: boolean;
  readonly isComplete: boolean;
  readonly isPending: boolean;
  readonly number: number;
  readonly name: string;
  readonly abnormalStatus: Body;
  readonly runFailureReason: string;
  readonly stageTimes: Body;
  readonly startTime: string;
  readonly completedTime: string;
  readonly commitDetails: Body;
  readonly inputCommitId: string;
  readonly outputCommitId: string;
  readonly dominoStats: readonly Body[];
  readonly value: string;
  readonly logs: Body;
  readonly logContent: readonly Body[];
  readonly log: string;
  readonly metadata: Body;
  readonly pagination: Body;
  readonly latestTimeNano: string;
  readonly totalCount: number;
  readonly nextPageToken: string;
  readonly goal: Body;
  readonly goals: readonly Body[];
  readonly success: boolean;
  readonly environments: readonly Body[];
  readonly revisions: readonly Body[];
  readonly project: Body;
  readonly collaborators: readonly Body[];
  readonly repository: Body;
  readonly repositories: readonly Body[];
  readonly dataset: Body;
  readonly snapshot: Body;
  readonly snapshots: readonly Body[];
  readonly tags: Readonly<Record<string, string>>;
  readonly sharedDatasetIds: readonly string[];
  readonly user: Body;
  readonly userName: string;
  readonly activeVersion: Body;
  readonly deployment: Body;
  readonly modelVersion: Body;
  readonly items: readonly Body[];
  readonly data: readonly Body[];
  readonly result: Body;
  readonly error: string;
  readonly runId: string;
  readonly users: readonly Body[];
  readonly credentials: readonly Body[];
  readonly credential: Body;
  readonly fingerprint: string;
  readonly workspaceSession: Body;
  readonly currentVersion: Body;
  readonly currentInstance: Body;
  readonly resourceConfigurations: readonly Body[];
  readonly state: string;
  readonly sharedState: Body;
  readonly logSuffix: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Body;
  /** The items of a bare list. */
  readonly list: readonly Body[];
}

export interface Stage {
  readonly simulator: Simulator;
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>;
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, body?: unknown) => Promise<Answer>;
  /** Lets simulated seconds pass. */
  readonly pass: (seconds: number) => Promise<void>;
  /** The id of the only project, tier and environment. */
  readonly projectId: () => Promise<string>;
  readonly environmentId: () => Promise<string>;
  /** Of the project with this name, `iris` unless stated. */
  readonly newestCommit: (project?: string) => Promise<string>;
  readonly newEnvironment: (fields?: object) => Promise<{ id: string; revisionId: string }>;
  readonly startJob: (fields?: object) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** A simulator of the fixed world, or of another one, with files of its own. */
export async function openStage(options: Partial<WorldOptions> = {}): Promise<Stage> {
  const { yaml = fixedWorld, ...rest } = options;
  const simulator = await openSimulator({ yaml: yaml.replace('files: files', 'files: .'), ...rest });
  const call: Stage['call'] = async (
    method,
    path,
    body,
    headers = { 'x-domino-api-key': simulator.apiKey },
  ) => {
    const response = await fetch(simulator.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const json: unknown = isJson ? JSON.parse(text) : {};
    // Boundary cast: every expectation below checks what it reads.
    return {
      status: response.status,
      text,
      body: json as Body,
      list: Array.isArray(json) ? (json as Body[]) : [],
    };
  };
  const get = (path: string) => call('GET', path);
  const post = (path: string, body?: unknown) => call('POST', path, body);
  const projectId = async () =>
    (await get('/v4/gateway/projects/findProjectByOwnerAndName?ownerName=ada&projectName=iris')).body.id;
  return {
    simulator,
    call,
    get,
    post,
    projectId,
    async pass(seconds) {
      await post('/_simulator/clock', { advanceSeconds: seconds });
    },
    environmentId: async () => (await get('/v4/environments/defaultEnvironment')).body.id,
    async newestCommit(project = 'iris') {
      const { text } = await get(`/v1/projects/ada/${project}/commits`);
      const [newest = ''] = JSON.parse(text) as string[]; // a list of ids
      return newest;
    },
    async newEnvironment(fields = {}) {
      const { body } = await post('/api/environments/beta/environments', {
        name: 'training',
        image: 'base:1',
        addBaseDependencies: false,
        ...fields,
      });
      return { id: body.environment.id, revisionId: body.environment.latestRevision.id };
    },
    async startJob(fields = {}) {
      const job = { projectId: await projectId(), runCommand: 'node train.js', ...fields };
      return (await post('/api/jobs/v1/jobs', job)).body.job.id;
    },
    close: () => simulator.close(),
  };
}

/** Opens a stage for one test and closes it whatever happens. */
export const onStage =
  (options: Parameters<typeof openStage>[0], test: (stage: Stage) => Promise<void>) =>
  async (): Promise<void> => {
    const stage = await openStage(options);
    try {
      await test(stage);
    } finally {
      await stage.close();
    }
  };
