/** Installations whose `train-and-deploy` is another pipeline: for steps that the pipelines of this one do not have. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.js';

const root = new URL('../../', import.meta.url).pathname;

export interface Installation {
  readonly mainFile: string;
  remove(): void;
}

/** Installs one beside this, with this text for its `train-and-deploy.js`, and bundles it. */
export async function installPipeline(text: string): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-installation-'));
  for (const part of ['dist', 'scripts/bundle-workflows.js', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'dist/pipelines/train-and-deploy.js'), text);
  const bundling = [join(folder, 'scripts/bundle-workflows.js')];
  const { exitCode, stderr } = await runProgram(process.execPath, bundling, {
    env: { PATH: process.env['PATH'] ?? '' },
  });
  if (exitCode !== 0) throw new Error(stderr);
  return {
    mainFile: join(folder, 'dist/cli/main.js'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
