/** Waits until a Temporal server that was just started can be used. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { type SearchAttributes, typeNumbers } from '../run/search-attributes.js';
import { oneLineReason } from './command.js';

export interface ReadyOptions {
  readonly host: string;
  readonly port: number;
  readonly namespace: string;
  /** Those that the namespace lacks are added. */
  readonly searchAttributes: SearchAttributes;
  readonly timeoutMs: number;
}

const lookEveryMs = 25;

/**
 * Resolves when the server serves the namespace with these search attributes.
 *
 * @throws Error with what is still missing after `timeoutMs`, or when `signal` aborts
 */
export async function awaitTemporal(options: ReadyOptions, signal: AbortSignal): Promise<void> {
  const deadlineMs = Date.now() + options.timeoutMs;
  for (;;) {
    try {
      // gRPC backs off for a second after a refused connection, so it is tried once somebody listens.
      await knock(options);
      await look(options);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (Date.now() > deadlineMs)
        throw new Error(
          `Temporal on ${options.host}:${options.port} is not ready after ${options.timeoutMs / 1000} s: ${oneLineReason(error)}`,
          { cause: error },
        );
      await sleep(lookEveryMs, undefined, { signal });
    }
  }
}

function knock({ host, port }: ReadyOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

async function look({ host, port, namespace, searchAttributes }: ReadyOptions): Promise<void> {
  const connection = await Connection.connect({ address: `${host}:${port}`, connectTimeout: '5 seconds' });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(searchAttributes).filter(([name]) => customAttributes[name] === undefined);
    if (missing.length === 0) return;
    // `--search-attribute` is ignored for a namespace that a file holds already.
    const added = Object.fromEntries(missing.map(([name, type]) => [name, typeNumbers[type]] as const));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: added });
    throw new Error(`the search attributes ${missing.map(([name]) => name).join(', ')} are not there yet`);
  } finally {
    await connection.close();
  }
}
