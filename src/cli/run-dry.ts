/** `longhaul run start --dry-run`: what starting a run would meet. */
import type { LonghaulClient } from '../client.js';
import type { PipelineName } from '../pipeline/inputs.js';
import { type Finding, sayFinding } from '../pipeline/preflight.js';
import type { Cli } from './cli.js';
import { exitCodes } from './exit-codes.js';
import { harmless } from './paint.js';

const glyphs: Readonly<Record<Finding['verdict'], string>> = { found: '✔', missing: '✖', unknown: '?' };

/** Asks for it and writes it; the exit code says whether something is missing. */
export async function writeDryRun(
  { format, terminal }: Cli,
  client: LonghaulClient,
  pipeline: PipelineName,
  input: unknown,
): Promise<number> {
  const found = await client.dryRun(pipeline, input);
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify(found));
  else
    for (const finding of found.findings)
      terminal.result(`${glyphs[finding.verdict]} ${harmless(sayFinding(finding))}`);
  if (format === 'text')
    terminal.say(
      found.ok ? 'Nothing was started; a run may be.' : 'Nothing was started; a run would fail at once.',
    );
  return found.ok ? exitCodes.success : exitCodes.usage;
}
