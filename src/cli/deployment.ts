/** `longhaul deployment`: versions of the workflow code under running pipelines. */
import type { Command } from 'commander';
import type { CodeVersion } from '../client.js';
import { audited } from './access/audited.js';
import { type Cli, cliOf } from './cli.js';
import { showDuration } from './terminal/duration.js';
import { nonEmpty } from './options.js';
import { tableLines } from './terminal/table.js';

const examples = `
Examples:
  longhaul deployment list
  longhaul deployment set-current 4f2a90c1d7be --reason "release 0.2.0"

docs/deploying.md says how to deploy changed workflows under running pipelines.`;

/** Adds `deployment list` and `deployment set-current` to the program. */
export function addDeployment(program: Command): void {
  const deployment = program
    .command('deployment')
    .summary('see and choose the version of the workflow code')
    .description(
      'See which versions of the workflow code have workers and runs, and choose the one for new runs.',
    )
    .addHelpText('after', examples);
  deployment
    .command('list')
    .summary('list the versions that versioned workers have had')
    .description('List versions, newest first, with the open runs that are pinned to each.')
    .addHelpText('after', '\nExample:\n  longhaul deployment list -o json')
    .action(async (_flags: unknown, command: Command) => list(cliOf(command)));
  deployment
    .command('set-current')
    .summary('let new runs begin with a version')
    .description('Let new runs begin with a version. Open runs stay with the version that began them.')
    .argument('<build-id>', 'as deployment list and the log of the worker name it')
    .requiredOption('--reason <text>', 'why; recorded in the audit log', nonEmpty)
    .addHelpText(
      'after',
      '\nExample:\n  longhaul deployment set-current 4f2a90c1d7be --reason "release 0.2.0"',
    )
    .action(async (buildId: string, { reason }: { reason: string }, command: Command) =>
      setCurrent(cliOf(command), buildId, reason),
    );
}

async function list(cli: Cli): Promise<void> {
  const { format, terminal } = cli;
  const versions = await cli.withClient((client) => client.deployments.list());
  if (format === 'json') {
    terminal.result(JSON.stringify(versions, null, 2));
    return;
  }
  if (format === 'text') {
    for (const line of linesOf(versions, Date.now())) terminal.result(line);
    if (versions.length === 0) terminal.say('No versioned worker has come yet: longhaul worker --versioned.');
    return;
  }
  for (const version of versions)
    terminal.result(format === 'ids' ? version.buildId : JSON.stringify(version));
}

const linesOf = (versions: readonly CodeVersion[], nowMs: number): string[] =>
  tableLines(
    ['BUILD ID', 'STATUS', 'OPEN RUNS', 'AGE'],
    versions.map(({ buildId, status, openRuns, createdAt }) => [
      buildId,
      status,
      String(openRuns),
      showDuration(nowMs - Date.parse(createdAt)),
    ]),
  );

async function setCurrent(cli: Cli, buildId: string, reason: string): Promise<void> {
  const { format, terminal } = cli;
  const { identity } = await import('../client.js');
  const deed = { action: 'deployment.set-current', object: buildId, reason };
  const { before } = await cli.withClient((client) =>
    audited(
      cli,
      deed,
      () => client.deployments.setCurrent(buildId, { by: identity() }),
      (done) => `instead of ${done.before ?? 'unversioned workers'}`,
    ),
  );
  if (format === 'json' || format === 'jsonl') {
    terminal.result(JSON.stringify({ buildId, before }));
    return;
  }
  terminal.result(format === 'ids' ? buildId : `new runs begin with ${buildId}`);
  if (format === 'text' && before !== null && before !== buildId)
    terminal.say(
      `Keep the workers of ${before} until \`longhaul deployment list\` shows no open runs for it.`,
    );
}
