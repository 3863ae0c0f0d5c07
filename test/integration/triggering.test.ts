/** The programs of docs/triggering.md as they stand there, against real servers that lose answers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { missingPrograms, runProgram } from '../support/program.js';
import { createProxy } from '../support/proxy.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage } from '../support/stage.js';

const root = new URL('../../', import.meta.url).pathname;
const programs = join(root, 'examples/triggering');
const folder = mkdtempSync(join(tmpdir(), 'longhaul-triggering-'));
/** npm and Go want a home; Go compiles its library once into a cache, which stays. */
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: homedir(),
  GOCACHE: join(tmpdir(), 'longhaul-go-cache'),
  GOFLAGS: '-mod=mod',
  CGO_ENABLED: '0',
};
let stage: Stage;
let servers: ServerProcess[];

beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
  servers = await Promise.all([startServer(stage), startServer(stage)]);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await stage.close();
  rmSync(folder, { recursive: true });
});

async function succeed(file: string, parameters: readonly string[], cwd = root): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(file, parameters, { env, cwd });
  if (exitCode !== 0)
    throw new Error(`${file} ${parameters.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  return stdout;
}

/** What each language needs on this machine, and how its program is made ready and called. */
const languages = [
  {
    language: 'curl',
    needs: ['bash', 'curl', 'jq'],
    ready: () => Promise.resolve([join(programs, 'trigger.sh')]),
  },
  {
    language: 'Python',
    needs: ['python3'],
    ready: () => Promise.resolve(['python3', join(programs, 'trigger.py')]),
  },
  { language: 'Go', needs: ['go'], ready: readyGo },
  { language: 'TypeScript', needs: ['npm'], ready: readyTypeScript },
] as const;

async function readyGo(): Promise<string[]> {
  const program = join(folder, 'trigger-go');
  await succeed('go', ['build', '-o', program, join(programs, 'trigger.go')]);
  return [program];
}

/** A project of somebody else’s, with the packed client and nothing else of Longhaul. */
async function readyTypeScript(): Promise<string[]> {
  const project = join(folder, 'typescript');
  mkdirSync(project);
  const tarball = (await succeed(process.execPath, [join(root, 'scripts/pack-client.js'), folder])).trim();
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  await succeed('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], project);
  writeFileSync(join(project, 'trigger.ts'), readFileSync(join(programs, 'trigger.ts')));
  writeFileSync(join(project, 'types.ts'), typedProgram(readFileSync(join(programs, 'input.json'), 'utf8')));
  const options = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
  await succeed(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], project);
  return [process.execPath, join(project, 'trigger.js')];
}

/** Compiles only when the types of the packed client take the input, and refuse what the schema refuses. */
const typedProgram = (input: string): string => `
  import { type PipelineInput, type Run, createHttpClient } from 'longhaul-client';
  type Input = PipelineInput<'train-and-deploy'>;
  export const whole: Input = ${input};
  export const least: Input = { connection: 'c', project: 'p/q', train: { command: 'x' } };
  // @ts-expect-error
  export const unknownField: Input = { ...least, trian: {} };
  // @ts-expect-error
  export const wrongValue: Input = { ...least, gate: { conditions: ['a > 1'], baseline: 'dead' } };
  const longhaul = createHttpClient({ url: 'https://longhaul.example.com', key: async () => 'lh_key' });
  // @ts-expect-error
  export const wrongPipeline = () => longhaul.start('train', least);
  export const outcome = async (runId: string): Promise<Run['status']> => (await longhaul.wait(runId)).status;
`;

const inputFile = (name: string, command: string): string => {
  const file = join(folder, `${name}.json`);
  const input = { connection: stage.connection, project: 'ada/iris', train: { command } };
  writeFileSync(file, JSON.stringify(input));
  return file;
};

async function runIds(): Promise<string[]> {
  const ids = [];
  for await (const { runId } of stage.client.list()) ids.push(runId);
  return ids;
}

for (const { language, needs, ready } of languages) {
  const missing = missingPrograms(needs);
  if (missing.length > 0) {
    it.skip(`the program in ${language} is not tested: this machine has no ${missing.join(', ')}`, () =>
      undefined);
    continue;
  }
  describe(`the program in ${language}`, () => {
    const name = language.toLowerCase();
    let call: (url: string, ...parameters: string[]) => ReturnType<typeof runProgram>;
    beforeAll(async () => {
      const [file = '', ...first] = await ready();
      call = (url, ...rest) =>
        runProgram(file, [...first, ...rest], {
          env: { PATH: env.PATH, LONGHAUL_URL: url, LONGHAUL_KEY: 'lh_key' },
        });
    }, 240_000);

    it('starts one run and tells how it ended, through lost answers, a busy server and a cut stream', async () => {
      const proxy = await createProxy(servers.map(({ url }) => url));
      proxy.refuseStarts(1, '1');
      proxy.loseStarts(1);
      proxy.cutStreams(1);
      const before = await runIds();
      const { exitCode, stdout, stderr } = await call(proxy.url, inputFile(name, 'python train.py'), name);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      const lines = stdout.trim().split('\n');
      const runId = `train-and-deploy.${name}`;
      expect([lines[0], lines.at(-1)]).toEqual([`${runId} started`, `${runId} succeeded`]);
      expect(lines.filter((line) => line === 'train succeeded')).toHaveLength(1);
      expect((await runIds()).filter((id) => !before.includes(id))).toEqual([runId]);

      const starts = proxy.passed.filter(({ method }) => method === 'POST');
      expect(starts.map(({ broken }) => broken)).toEqual(['refused', 'answer lost', null]);
      expect(new Set(starts.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([name]));
      expect(starts[0]?.headers.authorization).toBe('Bearer lh_key');
      const [cut, resumed] = proxy.passed.filter(({ path }) => path.endsWith('/events'));
      expect([cut?.broken, resumed?.broken]).toEqual(['cut off', null]);
      expect(resumed?.headers['last-event-id']).toMatch(/^[\w-]+\.\d+$/);
      expect(resumed?.server).not.toBe(cut?.server);
      await proxy.close();
    });

    it('tells why a run failed, and exits with 5', async () => {
      const { exitCode, stdout } = await call(
        servers[0]?.url ?? '',
        inputFile(`${name}-bad`, 'exit 3'),
        `${name}-bad`,
      );
      expect(stdout.trim().split('\n').at(-1)).toMatch(
        new RegExp(`^train-and-deploy\\.${name}-bad failed: JOB_FAILED: `),
      );
      expect(exitCode).toBe(5);
    });

    it('says what the server refuses, and exits with 1', async () => {
      const file = join(folder, 'malformed.json');
      writeFileSync(file, '{"connection":"nowhere"}');
      const { exitCode, stdout, stderr } = await call(servers[0]?.url ?? '', file, `${name}-refused`);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toContain('INPUT_INVALID');
    });
  });
}

describe('the input of the programs', () => {
  it('is that of examples/train-and-deploy.yaml', () => {
    const text = readFileSync(join(root, 'examples/train-and-deploy.yaml'), 'utf8');
    expect(JSON.parse(readFileSync(join(programs, 'input.json'), 'utf8'))).toEqual(parse(text));
  });
});
