/** `longhaul campaign`: replay many runs. */
import type { Command } from 'commander';
import { addCampaignCreate } from './create.js';
import { addCampaignShow } from './show.js';
import { addCampaignSteering } from './steer.js';

/** Adds `campaign` with a group of commands per file of this folder. */
export function addCampaign(program: Command): void {
  const campaign = program
    .command('campaign')
    .summary('replay many runs: a dry run, canaries, then the rest at a pace')
    .description(
      'Replay many runs: first a dry run, then canaries, then the rest at a pace, until too many fail.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  longhaul campaign create --query "failure=JOB_BROKEN since=2h" \\\n    --reason "the cluster is back"',
    );
  addCampaignCreate(campaign);
  addCampaignShow(campaign);
  addCampaignSteering(campaign);
}
