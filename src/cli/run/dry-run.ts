/** `longhaul run start --dry-run`: what starting a run would meet. */
import type { DryRun, LonghaulClient, PipelineDocument } from '../../client.js';
import { failureKinds } from '../../run/failures/errors.js';
import { type Finding, sayFinding } from '../../run/inputs/preflight.js';
import type { Cli } from '../cli.js';
import { type ExitCode, exitCodeOf, exitCodes } from '../exit-codes.js';
import { harmless } from '../terminal/paint.js';

const glyphs: Readonly<Record<Finding['verdict'], string>> = { found: '✔', missing: '✖', unknown: '?' };

/** Asks for it and writes it; the exit code says whether something is missing, or why that is not known. */
export async function writeDryRun(
  { format, terminal }: Cli,
  client: LonghaulClient,
  pipeline: PipelineDocument | string,
  input: unknown,
): Promise<number> {
  const found = await client.dryRun(pipeline, input);
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify(found));
  else
    for (const finding of found.findings)
      terminal.result(`${glyphs[finding.verdict]} ${harmless(sayFinding(finding))}`);
  const verdict = verdictOn(found);
  if (format === 'text') for (const line of verdict.lines) terminal.say(line);
  return verdict.exitCode;
}

/** What a dry run has found, in words and as an exit code: what is missing counts more than what is not known. */
export function verdictOn({ ok, findings }: Pick<DryRun, 'ok' | 'findings'>): {
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
} {
  const nothing = 'Nothing was started.';
  if (!ok) return { lines: [`${nothing} A run would fail at once.`], exitCode: exitCodes.usage };
  const unknown = findings.filter(({ verdict }) => verdict === 'unknown');
  if (unknown.length === 0)
    return {
      lines: [`${nothing} The input fits, and what it names is there.`],
      exitCode: exitCodes.success,
    };
  const lines = [`${nothing} The input fits, but not all that it names could be looked up.`];
  const code = unknown.find((one) => one.code !== undefined)?.code;
  if (code === undefined) return { lines, exitCode: exitCodes.error };
  return { lines: [...lines, `  → ${failureKinds[code].operator}`], exitCode: exitCodeOf(code) };
}
