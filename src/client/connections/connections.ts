/** How the connections stand, as their workers share it, and an operator’s word that opens one. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import {
  type ConnectionState,
  type HoldReport,
  type Resumption,
  type Standing,
  connectionIdOf,
  connectionWorkflow,
  holdSignalName,
  openConnection,
  presentState,
} from '../../run/connections.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { connectionStartOf } from './following.js';
import { identity } from '../identity.js';
import { type Outage, outageOf } from './outages.js';
import { update } from '../updating.js';

/** A connection and whether requests are sent to its platform; of an open one, since when that gives no usable answer. */
export type ConnectionStanding = { readonly name: string; readonly outage?: Outage } & Standing;

export interface Connections {
  /** Those that are configured, in their order. */
  list(): Promise<readonly ConnectionStanding[]>;
  /** @throws LonghaulError `CONNECTION_NOT_FOUND` */
  get(name: string): Promise<ConnectionStanding>;
  /**
   * The same as those know it who send requests, and forget what they know when it was opened.
   * @throws LonghaulError `CONNECTION_NOT_FOUND`
   */
  state(name: string): Promise<ConnectionState>;
  /**
   * Opens a connection, whatever stands in the way, and lets the runs go on that are parked for its credential.
   * @throws LonghaulError `CONNECTION_NOT_FOUND`, `RESOLUTION_INVALID`
   */
  resume(name: string, options: { readonly reason: string; readonly by?: string }): Promise<void>;
  /**
   * Tells the workers that its platform has asked to be sent nothing for so long.
   * @throws LonghaulError `CONNECTION_NOT_FOUND`
   */
  hold(name: string, report: HoldReport): Promise<void>;
}

type Guard = <T>(subject: string, perform: () => Promise<T>) => Promise<T>;

/** Connections by way of a client; `known` are those that are configured, or all names are let through. */
export const createConnections = (
  client: Client,
  { guard, known }: { readonly guard: Guard; readonly known: readonly string[] | undefined },
): Connections => {
  const check = (name: string): void => {
    if (known === undefined || known.includes(name)) return;
    throw new LonghaulError('CONNECTION_NOT_FOUND', `there is no connection "${name}"`);
  };
  const state = async (name: string): Promise<ConnectionState> => {
    check(name);
    return guard('of the connection', () => stateOf(client, name));
  };
  const get = async (name: string): Promise<ConnectionStanding> => {
    const { openings: _openings, forMs: _forMs, ...standing } = await state(name);
    if (standing.status !== 'open') return { name, ...standing };
    const outage = await guard('of the connection', () => outageOf(client, name));
    return { name, ...standing, ...(outage && { outage }) };
  };
  return {
    list: () => Promise.all((known ?? []).map(get)),
    ...{ get, state },
    resume: async (name, { reason, by = identity() }) => {
      check(name);
      await guard('of the connection', () => resume(client, name, { actor: by, reason }));
    },
    hold: async (name, report) => {
      check(name);
      await guard('of the connection', () =>
        client.workflow.signalWithStart(connectionWorkflow, {
          ...connectionStartOf(name),
          signal: holdSignalName,
          signalArgs: [report],
        }),
      );
    },
  };
};

/** Its workflow says it in its memo, so no worker is needed. One that no worker has followed yet is open. */
async function stateOf(client: Client, name: string): Promise<ConnectionState> {
  try {
    const { memo } = await client.workflow.getHandle(connectionIdOf(name)).describe();
    const state = (memo?.['connection'] ?? openConnection) as ConnectionState; // its workflow writes it
    return presentState(state, Date.now());
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return openConnection;
  }
}

async function resume(client: Client, name: string, resumption: Resumption): Promise<void> {
  const handle = await client.workflow.start(connectionWorkflow, {
    ...connectionStartOf(name),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  // By its id alone: it may continue as another execution at this moment.
  await update(client.workflow.getHandle(handle.workflowId), 'resumeConnection', resumption);
}
