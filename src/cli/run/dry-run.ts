/** `longhaul run start --dry-run`: what starting a run would meet. */
import type { DryRun, LonghaulClient, PipelineDocument } from '../../client.js';
import { type Finding, sayFinding } from '../../run/inputs/preflight.js';
import type { Cli } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { harmless } from '../terminal/paint.js';

const glyphs: Readonly<Record<Finding['verdict'], string>> = { found: '✔', missing: '✖', unknown: '?' };

/** Asks for it and writes it; the exit code says whether something is missing. */
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
  if (format === 'text') terminal.say(`Nothing was started. ${verdictOn(found)}`);
  return found.ok ? exitCodes.success : exitCodes.usage;
}

function verdictOn({ ok, findings }: DryRun): string {
  if (!ok) return 'A run would fail at once.';
  return findings.some(({ verdict }) => verdict === 'unknown')
    ? 'The input fits; not all of it could be looked up now.'
    : 'The input fits, and what it names is there.';
}
