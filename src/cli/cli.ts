/** What every command is given: the global options, the terminal, and ways to the configuration and a client. */
import { type Command, Option } from 'commander';
import type { Documents, FaultyDocument, KnownNames, LonghaulClient } from '../client.js';
import { type Config, documentsIn, knownIn, loadConfig } from '../config.js';
import { readPayloadKeys } from '../config/payload-keys.js';
import type { PayloadKey } from '../encryption/cipher.js';
import { openTracing } from '../observability/open-tracing.js';
import { pipelines } from '../pipelines/built-in.js';
import { type ColorChoice } from './terminal/paint.js';
import { type Terminal, openTerminal } from './terminal/terminal.js';

const formats = ['text', 'json', 'jsonl', 'ids'] as const;

/** How results are written. */
export type Format = (typeof formats)[number];

interface GlobalOptions {
  readonly config?: string;
  readonly format: Format;
  readonly color: ColorChoice;
}

export interface Cli {
  readonly format: Format;
  readonly terminal: Terminal;
  /** @throws LonghaulError `CONFIG_INVALID` */
  config(): Config;
  /**
   * The documents that the configuration names, by the names of their pipelines, and those that have faults.
   * @throws LonghaulError `CONFIG_INVALID`
   */
  documents(): Promise<ConfiguredDocuments>;
  /**
   * Every name that the configuration gives something.
   * @throws LonghaulError `CONFIG_INVALID`
   */
  known(): Promise<KnownNames>;
  /** Runs with a client that is closed afterwards, and encrypts with another key than the first if it is told so. Throws what the client throws. */
  withClient<T>(
    use: (client: LonghaulClient) => Promise<T>,
    how?: { readonly encryptsWith: string },
  ): Promise<T>;
}

/** Documents that can be run by their names, and documents that cannot. */
export interface ConfiguredDocuments {
  readonly documents: Documents;
  readonly faulty: readonly FaultyDocument[];
}

/** The names of all pipelines, those of faulty documents included: they may have runs and keys. */
export const pipelineNames = ({ documents, faulty }: ConfiguredDocuments): string[] => [
  ...new Set([
    ...Object.keys(pipelines),
    ...Object.keys(documents),
    ...faulty.flatMap(({ pipeline }) => pipeline ?? []),
  ]),
];

/** Adds the options that every command understands, before or after its name. */
export const addGlobalOptions = (program: Command): Command =>
  program
    .addOption(
      new Option('--config <file>', 'the configuration (default: LONGHAUL_CONFIG, else ./longhaul.yaml)'),
    )
    .addOption(
      new Option('-o, --format <format>', 'how results are written').choices(formats).default('text'),
    )
    .addOption(
      new Option('--color <when>', 'colours; NO_COLOR turns them off too')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    );

/** The format that a command line asks for, also one that cannot be parsed: its mistakes are told in it. */
export function formatIn(words: readonly string[]): Format {
  const line = ` ${words.join(' ')} `;
  const [, asked] = / (?:-o|--format)[ =]?([a-z]+) (?!.* (?:-o|--format)[ =]?[a-z]+ )/.exec(line) ?? [];
  return formats.find((format) => format === asked) ?? 'text';
}

/** For the action of a command. */
export function cliOf(command: Command): Cli {
  const options = command.optsWithGlobals<GlobalOptions>();
  const config = (): Config => loadConfig({ file: options.config });
  return {
    format: options.format,
    terminal: openTerminal(options.color, { isForPeople: options.format === 'text' }),
    config,
    documents: () => documentsOf(config()),
    known: () => namesOf(config()),
    withClient: async (use, how) => {
      const whole = config();
      const { temporal, webhooks } = whole;
      const { connectClient } = await import('../client.js'); // it is half of what a command takes to start
      const tracing = await openTracing(whole, 'longhaul-cli');
      const client = await connectClient({
        temporal,
        ...(tracing && { interceptors: tracing.client }),
        ...(await namesOf(whole)),
        receivers: webhooks.outgoing,
        payloadKeys: keysOf(whole, how?.encryptsWith),
      });
      const span = tracing?.begin(nameOf(command), {});
      let isFailed = true;
      try {
        const result = await (span === undefined ? use(client) : span.within(() => use(client)));
        isFailed = false;
        return result;
      } finally {
        await client.close();
        span?.end({}, { isFailed });
        await tracing?.close();
      }
    },
  };
}

/** The keys by which payloads are encrypted, the one that encrypts first. */
function keysOf(config: Config, first: string | undefined): readonly PayloadKey[] {
  const keys = readPayloadKeys(config);
  return first === undefined
    ? keys
    : keys.toSorted((a, b) => Number(b.id === first) - Number(a.id === first));
}

/** `longhaul run start` */
const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

const namesOf = async (config: Config) => ({ ...knownIn(config), ...(await documentsOf(config)) });

async function documentsOf(config: Config): Promise<ConfiguredDocuments> {
  if (config.pipelines.length === 0) return { documents: {}, faulty: [] };
  const { readConfigured } = await import('../documents/pipeline/configured.js'); // zod and CEL, where there are any
  const { paths, ...connections } = documentsIn(config);
  const { documents, faulty } = await readConfigured(paths, connections);
  return { documents, faulty };
}
