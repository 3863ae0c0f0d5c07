/** Programs of other languages, run to their end as their users run them. */
import { execFile, spawnSync } from 'node:child_process';

export interface ProgramEnd {
  readonly exitCode: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; resolves however it ends. */
export const runProgram = (
  file: string,
  parameters: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string },
): Promise<ProgramEnd> =>
  new Promise((resolve) => {
    execFile(file, [...parameters], options, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : (error.code ?? String(error.signal)), stdout, stderr }),
    );
  });

/** Those of the programs that this machine does not have. */
export const missingPrograms = (names: readonly string[]): string[] =>
  names.filter((name) => spawnSync('which', [name]).status !== 0);
