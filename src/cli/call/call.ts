/** `longhaul call`: one endpoint of a platform, once. */
import { type Command, InvalidArgumentError } from 'commander';
import type { PlatformEndpoint } from '../../contract/contracts.js';
import { type Cli, cliOf } from '../cli.js';
import { usage } from '../stop.js';
import type { CallFlags, Stated } from './flags.js';

const examples = `
Examples:
  longhaul call --list dataset
  longhaul call --list ubiops "v2 only"
  longhaul call domino.datasets.list --help
  longhaul call domino.datasets.list -p projectIdsToInclude=64f0 --all
  longhaul call domino.jobs.start -p projectId=64f0 -p runCommand="python a.py"
  longhaul call domino.projectFiles.upload -p path=a.csv --file a.csv ...

The request goes straight to the platform, with the credential of the connection; no run and no Temporal takes part. It
is sent once. The answer is JSON on standard output. Exits by the table of failures: 2 for a mistake in the parameters,
and then nothing was sent.`;

/** Adds `call`. */
export function addCall(program: Command): void {
  program
    .command('call')
    .summary('call any endpoint of a platform')
    .description('Call one endpoint of a platform, with the credential of a connection.')
    .argument('[endpoint]', 'as `--list` names it: platform.group.endpoint')
    .argument('[words...]', 'with --list: further texts, all of which must be there')
    .option('--connection <name>', 'left out: the only one of that platform')
    .option('-p <name=value>', 'a parameter; again for lists; value @FILE reads JSON or YAML', stated)
    .option('--body <file>', 'the whole body: JSON or YAML; - reads standard input')
    .option('--file <path>', 'what is uploaded')
    .option('--output <path>', 'where the answer is written')
    .option('--force', 'write over a file that is there')
    .option('--all', 'every item of a list, page by page')
    .option('--yes', 'create or delete without being asked')
    .option('--show-secret', 'print an answer that holds a secret')
    .option('--list [text]', 'list the endpoints, or those in which this text is')
    .helpOption(false)
    .option('-h, --help', 'this help; after an endpoint, its parameters and an example')
    .addHelpText('after', examples)
    .action((endpoint: string | undefined, words: readonly string[], flags: CallFlags, command: Command) =>
      perform({ cli: cliOf(command), command }, { endpoint, words }, flags),
    );
}

function stated(text: string, before: readonly Stated[] = []): readonly Stated[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write name=value, such as projectId=64f0.');
  return [...before, { name: text.slice(0, at), text: text.slice(at + 1) }];
}

interface Asked {
  readonly cli: Cli;
  readonly command: Command;
}

interface Typed {
  readonly endpoint: string | undefined;
  readonly words: readonly string[];
}

async function perform(
  { cli, command }: Asked,
  { endpoint: text, words }: Typed,
  flags: CallFlags,
): Promise<void> {
  if (flags.help === true && text === undefined) {
    command.outputHelp();
    return;
  }
  // The contracts are loaded for this command alone.
  const { describeEndpoint, listEndpoints, requireEndpoint } = await import('./endpoints.js');
  if (flags.list !== undefined) {
    const texts = [flags.list, text, ...words];
    listEndpoints(
      cli,
      texts.filter((one) => typeof one === 'string'),
    );
    return;
  }
  if (words.length > 0)
    throw usage(
      `one endpoint is called at a time: ${words.join(' ')} is too much`,
      'Parameters are given by -p name=value.',
    );
  if (text === undefined)
    throw usage('which endpoint to call is missing', '`longhaul call --list` names them all.');
  const named: PlatformEndpoint = requireEndpoint(text);
  if (flags.help === true) {
    describeEndpoint(cli, named);
    return;
  }
  const { callEndpoint } = await import('./calling.js');
  await callEndpoint(cli, named, flags);
}
