/** The connection of a call, and what an endpoint of its platform is called by. */
import type { PlatformEndpoint } from '../../contract/contracts.js';
import { type Config, connectionOf } from '../../config.js';
import { secretValuesOf } from '../../config/secret-values.js';
import { createMask } from '../../foreign-text/mask.js';
import { type CallInput, type CallOptions, titleOf } from '../../platform/call.js';
import { anyItemsOf } from '../../platform/lists.js';
import { createTurns } from '../../platform/turns.js';
import { pathOf } from '../../platform/paths.js';
import { platforms } from '../../platform/wings.js';
import { usage } from '../stop.js';
import { nameOf } from './endpoints.js';

/** An endpoint on a connection. */
export interface Caller {
  /** The name of the connection. */
  readonly connection: string;
  /** The request in words, without secrets: `DELETE /projects/iris on ubiops-prod`. */
  titleOf(input: CallInput): string;
  /** Sends one request. */
  call(input: CallInput, options?: CallOptions): Promise<unknown>;
  /** Every item of its list. */
  each(input: CallInput): AsyncGenerator;
}

/**
 * A caller of an endpoint.
 *
 * @throws Stop for a connection that is not there, of another platform, or of a dialect that lacks the endpoint
 * @throws LonghaulError `CONFIG_INVALID`, `CREDENTIALS_MISSING`
 */
export function connect(config: Config, named: PlatformEndpoint, asked: string | undefined): Caller {
  const name = asked ?? onlyOne(config, named);
  const settings = Object.hasOwn(config.connections, name) ? config.connections[name] : undefined;
  if (settings === undefined) {
    const known = Object.keys(config.connections).join(', ') || 'none';
    throw usage(`there is no connection "${name}"; those of ${config.file} are: ${known}`);
  }
  if (settings.platform !== named.platform)
    throw usage(
      `${nameOf(named)} is of ${named.platform}, and the connection ${name} is of ${settings.platform}`,
      'Name another one with --connection.',
    );
  const platform = platforms[settings.platform];
  const { group, name: own, endpoint } = named;
  if (platform.lacks(settings.dialect).includes(`${group}.${own}`))
    throw usage(`the dialect ${settings.dialect} of the connection ${name} has no ${nameOf(named)}`);
  const mask = createMask(secretValuesOf(config));
  const turns = createTurns({ perSecond: settings.requestsPerSecond });
  const connection = { ...connectionOf(name, settings), redact: mask.text, turns };
  const client = platform.connect(connection);
  const call: Caller['call'] = async (input, options) => {
    const send = client[group]?.[own];
    if (send === undefined) throw new TypeError(`the contract has no endpoint ${group}.${own}`);
    return send(input, options);
  };
  return {
    connection: name,
    titleOf: ({ path = {} }) => titleOf(connection, endpoint, pathOf(endpoint.path, path)),
    call,
    each: (input) => anyItemsOf(endpoint, call, input),
  };
}

function onlyOne({ connections, file }: Config, { platform }: PlatformEndpoint): string {
  const names = Object.entries(connections).flatMap(([name, settings]) =>
    settings.platform === platform ? [name] : [],
  );
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  throw only === undefined
    ? usage(`${file} has no connection of ${platform}`, 'Add one under `connections`.')
    : usage(
        `${file} has several connections of ${platform}: ${names.join(', ')}`,
        'Name one with --connection.',
      );
}
