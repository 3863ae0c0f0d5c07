/** `longhaul campaign create`: chooses runs and plans their replays. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Campaign, CampaignDefinition, LonghaulClient } from '../../client.js';
import { checkCampaign, newCampaignName } from '../../client/campaigns/door.js';
import { audited } from '../access/audited.js';
import { reportLines } from './lines.js';
import { type Cli, cliOf } from '../cli.js';
import { count, countOrNone, nonEmpty } from '../options.js';

interface CreateFlags extends Omit<CampaignDefinition, 'startsItself'> {
  readonly name?: string;
  readonly yes?: true;
}

const examples = `
Examples:
  longhaul campaign create \\
    --query "failure=PLATFORM_UNAVAILABLE since=10:03 connection=domino-prod" \\
    --canary 1 --then 5 --pace 10/minute --stop-when "failures>20%"
  longhaul campaign create --query "fingerprint=3f9ac0de71b2" --limit 240 \\
    --reason "image fixed" --yes

The query chooses runs by key=value, as longhaul run list does; without status, runs that failed, timed out, were
terminated or are parked. They are chosen once: what fails later is not swept in. Nothing is started before
longhaul campaign start, or with --yes after the dry run.`;

const pollMs = 500;

/** Adds `campaign create`. */
export function addCampaignCreate(campaign: Command): void {
  campaign
    .command('create')
    .summary('choose runs and plan their replays, without starting them')
    .description('Choose runs and plan their replays: a dry run, which nothing follows unless you start it.')
    .requiredOption('--query <query>', 'which runs, such as "failure=JOB_BROKEN since=2h"', nonEmpty)
    .option('--reason <text>', 'why; part of each new attempt (default: that of the start)', nonEmpty)
    .option('--name <name>', 'its name; left out, one of the date and the query', nonEmpty)
    .option('--canary <n>', 'runs of the first stage; 0 for none (default: 1)', countOrNone)
    .option('--then <n>', 'runs of the second stage; 0 for none (default: 5)', countOrNone)
    .option('--pace <pace>', 'starts on each connection, evenly spaced (default: 10/minute)', nonEmpty)
    .option(
      '--stop-when <rule>',
      'start nothing more when this many did not succeed: failures>20% or failures>3 (default: failures>20%)',
      nonEmpty,
    )
    .option('--limit <n>', 'allow this many runs; a query that matches more is refused (default: 100)', count)
    .option('--start-within <duration>', 'how long the dry run waits to be started (default: 24h)', nonEmpty)
    .option('--yes', 'go on after the dry run without being told to')
    .addHelpText('after', examples)
    .action(async (flags: CreateFlags, command: Command) => create(cliOf(command), flags));
}

async function create(cli: Cli, { name, yes, ...flags }: CreateFlags): Promise<void> {
  const definition = { ...flags, startsItself: yes === true };
  const named = name ?? newCampaignName(checkCampaign(definition).filter);
  const reason = flags.reason === undefined ? flags.query : `${flags.reason} (${flags.query})`;
  const deed = { action: 'campaign.create', object: named, reason };
  await cli.withClient(async (client) => {
    const { runs } = await audited(
      cli,
      deed,
      () => client.campaigns.create(definition, { name: named }),
      (made) => `${made.created ? 'created' : 'exists'}, ${made.runs} runs`,
    );
    if (cli.format === 'ids') {
      cli.terminal.result(named);
      return;
    }
    if (cli.format === 'text') cli.terminal.say(`campaign ${named}: planning the replays of ${runs} runs`);
    writeCampaign(cli, await planned(client, named));
  });
}

/** The campaign once its dry run is over. */
async function planned({ campaigns }: LonghaulClient, name: string): Promise<Campaign> {
  for (;;) {
    const campaign = await campaigns.get(name);
    if (campaign.state !== 'planning') return campaign;
    await delay(pollMs);
  }
}

/** Writes a report in the format that is asked for. */
export function writeCampaign({ format, terminal }: Cli, campaign: Campaign): void {
  if (format === 'ids') terminal.result(campaign.name);
  else if (format !== 'text') terminal.result(JSON.stringify(campaign, null, format === 'json' ? 2 : 0));
  else for (const line of reportLines(campaign, terminal.paintResult)) terminal.result(line);
}
