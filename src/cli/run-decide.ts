/** `longhaul run approve` and `longhaul run reject`: decide what a run waits for. */
import type { Command } from 'commander';
import type { ApprovalDecision } from '../client.js';
import { audited } from './audited.js';
import { type Cli, cliOf } from './cli.js';
import { nonEmpty } from './options.js';

interface DecideFlags {
  readonly reason: string;
  readonly actor?: string;
}

type Action = ApprovalDecision['action'];

const summaries: Readonly<Record<Action, string>> = {
  approve: 'approve what a run waits for',
  reject: 'reject what a run waits for',
};

const examples: Readonly<Record<Action, string>> = {
  approve: `
Examples:
  longhaul run approve retrain.nightly-2026-11-21 --reason "better on every segment"
  longhaul retrain log --outcome awaiting-approval -o ids

longhaul run get shows what is to be decided. The first decision counts: 7 when there is nothing to decide (any
more), 3 for somebody who may not.`,
  reject: `
Example:
  longhaul run reject retrain.nightly-2026-11-21 --reason "worse for new customers"

The model that is live stays so. The first decision counts: 7 when there is nothing to decide (any more), 3 for
somebody who may not.`,
};

/** Adds `run approve` and `run reject`. */
export function addRunDecide(run: Command): void {
  for (const action of ['approve', 'reject'] as const)
    run
      .command(action)
      .summary(summaries[action])
      .description(`${action === 'approve' ? 'Approve' : 'Reject'} what a run waits for.`)
      .argument('<id>', 'run id')
      .requiredOption('--reason <text>', 'why; recorded in the run’s history', nonEmpty)
      .option('--actor <name>', 'who decides (default: you, as user@host)', nonEmpty)
      .addHelpText('after', examples[action])
      .action(async (id: string, flags: DecideFlags, command: Command) =>
        decide(cliOf(command), id, { ...flags, action }),
      );
}

async function decide(
  cli: Cli,
  runId: string,
  { action, reason, actor: given }: DecideFlags & { readonly action: Action },
): Promise<void> {
  const { format, terminal } = cli;
  const { identity } = await import('../client.js');
  const actor = given ?? identity();
  // Who types it is known by both: a name alone would let somebody be another than who started the run.
  const decision = { action, actor, names: [...new Set([actor, identity()])], reason };
  await cli.withClient((client) =>
    audited(cli, { action: `run.${action}`, object: runId, reason }, () =>
      client.decideApproval(runId, decision),
    ),
  );
  if (format === 'json' || format === 'jsonl')
    terminal.result(JSON.stringify({ runId, action, actor, reason }));
  else terminal.result(format === 'ids' ? runId : `${runId}: ${action} accepted`);
  if (format === 'text') terminal.say(`next: longhaul run watch ${runId}`);
}
