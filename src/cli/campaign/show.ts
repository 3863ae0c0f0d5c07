/** `longhaul campaign get`, `list` and `watch`. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Campaign, CampaignSummary, LonghaulClient } from '../../client.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { writeCampaign } from './create.js';
import { campaignLines, countsLine } from './lines.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { interruptible } from '../interruption.js';
import { count } from '../options.js';
import { harmless } from '../terminal/paint.js';

/** Where people read; programs get all unless they say otherwise. */
const textLimit = 50;
const everyMs = 1_000;
/** A restart of Temporal is no reason to stop watching. */
const patienceMs = 120_000;

const watchExamples = `
Example:
  longhaul campaign watch 2026-11-21-job-broken-3f9a --exit-status

Ctrl-C ends the watching, not the campaign. With --exit-status it exits 5 unless every run succeeded.`;

/** Adds `campaign get`, `list` and `watch` to the group. */
export function addCampaignShow(campaign: Command): void {
  campaign
    .command('get')
    .summary('show the report of a campaign')
    .description('Show a campaign: its counts, each run that needs attention, its plan and its rules.')
    .argument('<name>', 'the name of the campaign')
    .addHelpText('after', '\nExample:\n  longhaul campaign get 2026-11-21-job-broken-3f9a -o json')
    .action(async (name: string, _flags: unknown, command: Command) => {
      const cli = cliOf(command);
      writeCampaign(cli, await cli.withClient(({ campaigns }) => campaigns.get(name)));
    });
  campaign
    .command('list')
    .description('List campaigns, newest first, with the counts of their last change of state.')
    .option('--limit <n>', 'at most this many', count)
    .addHelpText('after', '\nExample:\n  longhaul campaign list --limit 5')
    .action(async ({ limit }: { limit?: number }, command: Command) => list(cliOf(command), limit));
  campaign
    .command('watch')
    .description('Show how a campaign goes on until it ends, then its report.')
    .argument('<name>', 'the name of the campaign')
    .option('--exit-status', 'exit with 5 unless every run succeeded')
    .addHelpText('after', watchExamples)
    .action(async (name: string, flags: { exitStatus?: true }, command: Command) => {
      const ended = await watch(cliOf(command), name);
      const isWell = ended.runs.every(({ state }) => state === 'succeeded');
      if (flags.exitStatus === true && !isWell) process.exitCode = exitCodes.runFailed;
    });
}

async function list({ format, terminal, withClient }: Cli, given: number | undefined): Promise<void> {
  const limit = given ?? (format === 'text' ? textLimit : Number.POSITIVE_INFINITY);
  const rows: CampaignSummary[] = [];
  await withClient(async ({ campaigns }) => {
    for await (const row of campaigns.list()) if (rows.push(row) >= limit) break;
  });
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format === 'jsonl') for (const row of rows) terminal.result(JSON.stringify(row));
  if (format === 'ids') for (const { name } of rows) terminal.result(name);
  if (format !== 'text') return;
  if (rows.length === 0) terminal.say('There is no campaign.');
  for (const line of campaignLines(rows)) terminal.result(line);
  if (rows.length === limit) terminal.say(`The newest ${limit}; --limit shows more.`);
}

async function watch(cli: Cli, name: string): Promise<Campaign> {
  const interruption = interruptible(`the campaign goes on; see it with \`longhaul campaign get ${name}\``);
  try {
    return await cli.withClient(async (client) => {
      const ended = await Promise.race([followed(cli, client, name), interruption.rejected]);
      writeCampaign(cli, ended);
      return ended;
    });
  } finally {
    interruption.release();
  }
}

/** Says each change; resolves with the campaign when it has ended. */
async function followed({ terminal }: Cli, { campaigns }: LonghaulClient, name: string): Promise<Campaign> {
  let said = '';
  let heardAtMs = Date.now();
  for (;;) {
    try {
      const campaign = await campaigns.get(name);
      heardAtMs = Date.now();
      if (campaign.state === 'ended') return campaign;
      const line = lineOf(campaign);
      if (line !== said) terminal.say(`${new Date().toISOString().slice(11, 19)}Z  ${line}`);
      said = line;
    } catch (error) {
      const isOutOfReach = error instanceof LonghaulError && error.code === 'TEMPORAL_UNREACHABLE';
      if (!isOutOfReach || Date.now() - heardAtMs > patienceMs) throw error;
    }
    await delay(everyMs);
  }
}

function lineOf(campaign: Campaign): string {
  const { state, outcome, conclusion, stage, notice } = campaign;
  const at = stage === undefined ? '' : `, stage ${stage.number} of ${stage.of}`;
  const why = conclusion === undefined ? '' : ` (${harmless(conclusion)})`;
  return `${outcome ?? state}${at}${why}  ${countsLine(campaign)}${notice === undefined ? '' : `; ${notice}`}`;
}
