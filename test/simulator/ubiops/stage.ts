/** A simulated UbiOps to talk to over HTTP, whose time stands nearly still until a test lets it pass. */
import { deflateRawSync } from 'node:zlib';
import type { Simulator } from '../../../src/simulator/index.js';
import { type WorldOptions, openSimulator } from '../../support/simulators.js';

/** Fixed durations, so that a test can say when something is over. */
export const fixedWorld = `
user: ada@example.com
projects: [{ name: iris }]
baseEnvironments: [{ name: python3-12, displayName: Python 3.12 }]
instanceTypes: [{ name: 512mb }, { name: 4096mb }]
durations: { queue: [10, 10], build: [100, 100], package: [50, 50], pending: [1, 1], request: [60, 60] }
builds: [{ package: ^broken, error: No matching distribution found for broken }]
`;

/** The parts of answers that tests read. What an answer lacks is `undefined`, whatever is said here. */
export interface Body {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly error: string;
  readonly revision: string;
  readonly build: string;
  readonly url: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly body: Body;
  /** The items of a list. */
  readonly list: readonly Body[];
}

export interface Stage {
  readonly simulator: Simulator;
  /** Below the project, unless the path begins with two slashes: then below the root of the API. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, body?: unknown) => Promise<Answer>;
  readonly upload: (path: string, parts: Readonly<Record<string, string | Blob>>) => Promise<Answer>;
  /** Lets simulated seconds pass. */
  readonly pass: (seconds: number) => Promise<void>;
  readonly behave: (behaviour: object) => Promise<void>;
  readonly fault: (fault: object) => Promise<void>;
}

const answerOf = async (response: Response): Promise<Answer> => {
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const json: unknown = isJson ? JSON.parse(bytes.toString()) : {};
  // Boundary cast: every expectation below checks what it reads.
  const [body, list] = [json as Body, Array.isArray(json) ? (json as Body[]) : []];
  return { status: response.status, headers: response.headers, bytes, body, list };
};

/** Opens a stage for one test and closes it whatever happens. */
export const onStage =
  ({ yaml = fixedWorld, ...options }: Partial<WorldOptions>, test: (stage: Stage) => Promise<void>) =>
  async (): Promise<void> => {
    const simulator = await openSimulator({ platform: 'ubiops', yaml, ...options });
    const root = `${simulator.url}/${options.dialect ?? 'v2.1'}`;
    const headers = { authorization: `Token ${simulator.apiKey}`, 'content-type': 'application/json' };
    const ask = async (url: string, method: string, body?: unknown): Promise<Answer> =>
      answerOf(
        await fetch(url, {
          ...{ method, headers, redirect: 'manual' },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
      );
    const urlOf = (path: string): string =>
      path.startsWith('//') ? `${root}${path.slice(1)}` : `${root}/projects/iris${path}`;
    const control = async (name: string, body: object): Promise<void> => {
      const { status, body: said } = await ask(`${simulator.url}/_simulator/${name}`, 'POST', body);
      if (status !== 200) throw new Error(said.error);
    };
    try {
      await test({
        simulator,
        call: (method, path, body) => ask(urlOf(path), method, body),
        get: (path) => ask(urlOf(path), 'GET'),
        post: (path, body) => ask(urlOf(path), 'POST', body),
        upload: async (path, parts) => {
          const body = new FormData();
          for (const [name, part] of Object.entries(parts))
            if (typeof part === 'string') body.append(name, part);
            else body.append(name, part, 'package.zip');
          const { authorization } = headers;
          return answerOf(await fetch(urlOf(path), { method: 'POST', headers: { authorization }, body }));
        },
        pass: (seconds) => control('clock', { advanceSeconds: seconds }),
        behave: (behaviour) => control('behaviour', behaviour),
        fault: (fault) => control('faults', fault),
      });
    } finally {
      await simulator.close();
    }
  };

/** A ZIP archive. */
export function zipOf(files: Readonly<Record<string, string>>): Blob {
  const [parts, table]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const [named, data] = [Buffer.from(name), deflateRawSync(text)];
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(data.length, 4);
    sizes.writeUInt32LE(Buffer.byteLength(text), 8);
    const about = Buffer.concat([Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]), sizes]);
    const lengths = Buffer.from([named.length, 0, 0, 0]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    table.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), about, lengths, place, named);
    const entry = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), about, lengths, named, data]);
    parts.push(entry);
    at += entry.length;
  }
  const contents = Buffer.concat(table);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt32LE(contents.length, 12);
  end.writeUInt32LE(at, 16);
  return new Blob([Buffer.concat([...parts, contents, end])], { type: 'application/zip' });
}

/** A package of an environment. */
export const requirements = (text = 'numpy\n'): Blob => zipOf({ 'requirements.txt': text });

/** An environment, whose name is `e`. */
export const newEnvironment = ({ post }: Stage, fields: object = {}): Promise<Answer> =>
  post('/environments', { name: 'e', base_environment: 'python3-12', ...fields });

/** A version `v1` of a deployment `d`, with a package; nothing of it is built. */
export async function newVersion(
  { post, upload }: Stage,
  { deployment = {}, version = {} }: { readonly deployment?: object; readonly version?: object } = {},
): Promise<Answer> {
  const field = [{ name: 'x', data_type: 'double' }];
  await post('/deployments', { name: 'd', input_fields: field, output_fields: field, ...deployment });
  await post('/deployments/d/versions', { version: 'v1', environment: 'python3-12', ...version });
  return upload('/deployments/d/versions/v1/revisions', { file: zipOf({ 'deployment.py': 'x' }) });
}
