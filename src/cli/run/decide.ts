/** `longhaul run approve` and `longhaul run reject`: decide what a run waits for. */
import type { Command } from 'commander';
import type { ApprovalDecision, LonghaulClient } from '../../client.js';
import { awaitedApprovals } from '../../run/approvals/approvals.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { actorName, nonEmpty } from '../options.js';
import { usage } from '../stop.js';

interface DecideFlags {
  readonly reason: string;
  readonly actor?: string;
  readonly digest?: string;
}

type Action = ApprovalDecision['action'];

const summaries: Readonly<Record<Action, string>> = {
  approve: 'approve what a run waits for',
  reject: 'reject what a run waits for',
};

const examples: Readonly<Record<Action, string>> = {
  approve: `
Examples:
  longhaul run approve retrain.nightly-2026-11-21 \\
    --reason "better on every segment"
  longhaul retrain log --outcome awaiting-approval -o ids

longhaul run get shows what is to be decided. The first decision counts: 7 when there is nothing to decide (any
more), 3 for somebody who may not.`,
  reject: `
Example:
  longhaul run reject retrain.nightly-2026-11-21 \\
    --reason "worse for new customers"

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
      .option('--actor <name>', 'who decides (default: you, as user@host)', actorName)
      .option(
        '--digest <digest>',
        'of what you were shown: refused when something else is to be decided by now',
        digestOf,
      )
      .addHelpText('after', examples[action])
      .action(async (id: string, flags: DecideFlags, command: Command) =>
        decide(cliOf(command), id, { ...flags, action }),
      );
}

async function decide(
  cli: Cli,
  runId: string,
  { action, reason, actor: given, digest: shown }: DecideFlags & { readonly action: Action },
): Promise<void> {
  const { format, terminal } = cli;
  const { identity, localIds } = await import('../../client.js');
  const actor = given ?? identity();
  // Who types it is known by both: a name alone would let somebody be another than who started the run.
  const names = [...new Set([actor, ...localIds()])];
  await cli.withClient((client) =>
    audited(cli, { action: `run.${action}`, object: runId, reason }, async () => {
      const digest = shown === undefined ? undefined : await wholeDigest(client, runId, shown);
      await client.decideApproval(runId, { action, actor, names, ids: names, reason, digest });
    }),
  );
  if (format === 'json' || format === 'jsonl')
    terminal.result(JSON.stringify({ runId, action, actor, reason }));
  else
    terminal.result(
      format === 'ids' ? runId : `${runId} was ${action === 'approve' ? 'approved' : 'rejected'}`,
    );
  if (format === 'text') terminal.say(`next: longhaul run watch ${runId}`);
}

/** People give as much of a digest as they are shown. */
function digestOf(text: string): string {
  if (/^[0-9a-f]{8,64}$/.test(text)) return text;
  throw usage('--digest: that is no digest', 'It is shown by `longhaul run get`: 16 hexadecimal digits.');
}

/** The digest of what the run waits for that begins so; else what was given, which the run refuses. */
async function wholeDigest(client: LonghaulClient, runId: string, shown: string): Promise<string> {
  const asked = awaitedApprovals(await client.get(runId));
  return asked.find(({ digest }) => digest?.startsWith(shown) === true)?.digest ?? shown;
}
