/** `longhaul campaign start`, `pause`, `resume` and `abort`. */
import type { Command } from 'commander';
import { type CampaignAction, campaignActions } from '../../run/replays/campaigns.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { nonEmpty } from '../options.js';

const descriptions: Readonly<Record<CampaignAction, string>> = {
  start: 'Start what the dry run has planned: the canaries first.',
  pause: 'Start nothing until it is resumed. Runs that were started go on.',
  resume: 'Let a paused campaign go on.',
  abort: 'Start nothing more. Runs that were started go on; aborted again, it ends without waiting for them.',
};

const done: Readonly<Record<CampaignAction, string>> = {
  start: 'is started',
  pause: 'is paused',
  resume: 'goes on',
  abort: 'starts nothing more',
};

/** Adds a command for each action on a campaign, such as `campaign pause`. */
export function addCampaignSteering(campaign: Command): void {
  for (const action of campaignActions)
    campaign
      .command(action)
      .description(descriptions[action])
      .argument('<name>', 'the name of the campaign')
      .requiredOption('--reason <text>', 'why; recorded in the report', nonEmpty)
      .addHelpText(
        'after',
        `\nExample:\n  longhaul campaign ${action} 2026-11-21-job-broken-3f9a --reason "…"`,
      )
      .action(async (name: string, { reason }: { reason: string }, command: Command) =>
        steer(cliOf(command), { name, action, reason }),
      );
}

async function steer(
  cli: Cli,
  {
    name,
    action,
    reason,
  }: { readonly name: string; readonly action: CampaignAction; readonly reason: string },
): Promise<void> {
  const { format, terminal } = cli;
  await cli.withClient(({ campaigns }) =>
    audited(cli, { action: `campaign.${action}`, object: name, reason }, () =>
      campaigns.steer(name, action, { reason }),
    ),
  );
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify({ name, action }));
  else terminal.result(format === 'ids' ? name : `${name} ${done[action]}`);
  if (format === 'text') terminal.say(`next: longhaul campaign watch ${name}`);
}
