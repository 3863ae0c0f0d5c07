/** `longhaul webhook`: events that other services are told. */
import { type Command, Option } from 'commander';
import type { DeliveryStatus, DeliverySummary } from '../client.js';
import { audited } from './access/audited.js';
import { type Cli, cliOf } from './cli.js';
import { count } from './options.js';
import { harmless } from './terminal/paint.js';
import { tableLines } from './terminal/table.js';

interface ListFlags {
  readonly status?: DeliveryStatus;
  readonly limit: number;
}

/** Adds `webhook`. */
export function addWebhook(program: Command): void {
  const webhook = program
    .command('webhook')
    .summary('see and repeat deliveries of events')
    .description('See and repeat deliveries of events to the receivers in `webhooks.outgoing`.')
    .addHelpText('after', '\nExample:\n  longhaul webhook list --status failed');
  webhook
    .command('list')
    .description('List deliveries, newest first.')
    .addOption(new Option('--status <status>', 'only these').choices(['pending', 'delivered', 'failed']))
    .option('--limit <n>', 'at most this many', count, 50)
    .addHelpText('after', '\nExample:\n  longhaul webhook list --status failed -o ids')
    .action(async (flags: ListFlags, command: Command) => list(cliOf(command), flags));
  webhook
    .command('redeliver')
    .description('Send events again that were given up: the same event under the same id.')
    .argument('<id...>', 'ids of deliveries')
    .addHelpText(
      'after',
      '\nExample:\n  longhaul webhook list --status failed -o ids \\\n    | xargs longhaul webhook redeliver',
    )
    .action(async (ids: string[], _flags: unknown, command: Command) => redeliver(cliOf(command), ids));
}

async function list({ format, terminal, withClient }: Cli, flags: ListFlags): Promise<void> {
  const rows: DeliverySummary[] = [];
  await withClient(async (client) => {
    for await (const delivery of client.deliveries(flags)) rows.push(delivery);
  });
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format === 'jsonl') for (const row of rows) terminal.result(JSON.stringify(row));
  if (format === 'ids') for (const { deliveryId } of rows) terminal.result(deliveryId);
  if (format !== 'text') return;
  if (rows.length === 0) terminal.say('No delivery.');
  for (const line of deliveryLines(rows)) terminal.result(line);
}

const deliveryLines = (rows: readonly DeliverySummary[]): string[] =>
  tableLines(
    ['TIME', 'TARGET', 'EVENT', 'RUN', 'STATUS', 'WHY', 'ID'],
    rows.map(({ startedAt, target, event, status, message, notice, deliveryId }) =>
      [
        `${startedAt.slice(0, 19)}Z`,
        target,
        event.type,
        event.runId,
        status,
        message ?? notice ?? '',
        deliveryId,
      ].map(harmless),
    ),
  );

async function redeliver(cli: Cli, ids: readonly string[]): Promise<void> {
  const { format, terminal } = cli;
  await cli.withClient(async (client) => {
    for (const deliveryId of ids) {
      await audited(cli, { action: 'webhook.redeliver', object: deliveryId }, () =>
        client.redeliver(deliveryId),
      );
      if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify({ deliveryId }));
      else terminal.result(format === 'ids' ? deliveryId : `${deliveryId} is sent again`);
    }
  });
}
