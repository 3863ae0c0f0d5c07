/** What must not enter workflow code, and what must not come apart in node_modules. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../..', import.meta.url).pathname;

describe('the workflow program', () => {
  it('holds no file of @types/node, so that fetch, process and setTimeout do not compile there', () => {
    const files = execFileSync(
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.workflows.json', '--listFilesOnly'],
      { cwd: root, encoding: 'utf8' },
    );
    expect(files).toContain('/src/workflows/train-and-deploy.ts');
    expect(files.split('\n').filter((file) => file.includes('@types/node'))).toEqual([]);
  });
});

describe('the workflow bundle', () => {
  const file = `${root}dist/workflow-bundle.js`;
  const bundle = readFileSync(file, 'utf8');

  it('holds neither zod nor got nor pino nor OpenTelemetry', () => {
    expect(bundle).toContain('trainAndDeploy');
    expect(bundle).not.toMatch(/ZodType|\$ZodError|node_modules\/(zod|got|pino|@opentelemetry)\//);
  });

  it('names its sources as seen from the root of the project, and not the folder in which it was built', () => {
    const [, map = ''] = /sourceMappingURL=data:[^,]*,([\w+/=]+)/.exec(bundle) ?? [];
    const { sources } = JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] };
    expect(sources).toContain('dist/workflows/train-and-deploy.js');
    expect(sources.filter((source) => !/^(ignored\|)?(dist|node_modules|webpack)\//.test(source))).toEqual(
      [],
    );
    expect(bundle).not.toContain(root);
  });

  it('stays under 2.2 MB', () => {
    expect(statSync(file).size).toBeLessThan(2_200_000);
  });
});

describe('the CLI', () => {
  // npx links it once and sets the bit then; a checkout that is built again under the same path keeps that link.
  it('may be executed', () => {
    expect(statSync(`${root}dist/cli/main.js`).mode & 0o111).toBe(0o111);
  });
});

describe('node_modules', () => {
  it('hold one protobufjs of version 8, or replay from JSON breaks', () => {
    const copies = [
      '',
      '@temporalio/common/',
      '@temporalio/proto/',
      '@temporalio/worker/',
      '@grpc/proto-loader/',
    ]
      .map((owner) => (owner === '' ? 'node_modules' : `node_modules/${owner}node_modules`))
      .filter((folder) => entries(`${root}${folder}`).includes('protobufjs'));
    expect(copies).toEqual(['node_modules']);
    const { version } = JSON.parse(readFileSync(`${root}node_modules/protobufjs/package.json`, 'utf8')) as {
      version: string;
    };
    expect(version).toMatch(/^8\./);
  });
});

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
