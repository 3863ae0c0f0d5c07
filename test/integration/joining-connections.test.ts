/** How workers of one connection share its state: two of them in this process, on a real Temporal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { followConnection } from '../../src/client/connections/following.js';
import { findTemporalCli } from '../../src/dev/temporal-cli.js';
import { startTemporal } from '../../src/dev/temporal-server.js';
import { createLogger } from '../../src/observability/logger.js';
import { createMeters } from '../../src/observability/meters.js';
import { workerMetrics } from '../../src/observability/metrics.js';
import { createRegistry } from '../../src/observability/registry.js';
import { type ConnectionState, connectionIdOf } from '../../src/run/connections.js';
import type { Gate } from '../../src/platform/gate.js';
import { joinConnection } from '../../src/worker/connections.js';
import { eventually } from '../support/eventually.js';
import { type Stage, createStage } from '../support/stage.js';

let stage: Stage;
let client: Client;
let leaving: AbortController;
beforeEach(async () => {
  stage = await createStage();
  const connection = await Connection.connect({ address: stage.temporalAddress });
  client = new Client({ connection, namespace: stage.namespace });
  leaving = new AbortController();
});
afterEach(async () => {
  leaving.abort();
  await client.connection.close();
  await stage.close();
});

const logger = createLogger('silent');
const meters = createMeters(createRegistry(workerMetrics));
const joined = (by = client) =>
  joinConnection(stage.connection, { client: by, logger, meters, signal: leaving.signal });
const isHeld = (gate: Gate): boolean => {
  try {
    gate.check();
    return false;
  } catch {
    return true;
  }
};
const stateOf = () => stage.client.connections.get(stage.connection);
const executionOf = () => client.workflow.getHandle(connectionIdOf(stage.connection)).describe();

describe('workers of one connection', () => {
  it('hold together from the moment of the report, also while nobody runs workflows', async () => {
    const [one, other] = [await joined(), await joined()];
    expect([isHeld(one.gate), isHeld(other.gate)]).toEqual([false, false]);
    one.gate.hold(60_000);
    expect(isHeld(one.gate)).toBe(true);
    await eventually(() => isHeld(other.gate));
  });

  it('know of a hold before they begin', async () => {
    await stage.startWorker();
    (await joined()).gate.hold(60_000);
    await eventually(async () => (await stateOf()).status === 'throttled');
    expect(isHeld((await joined()).gate)).toBe(true);
  });

  it('tell of a hold once Temporal is there again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longhaul-telling-'));
    const options = {
      cliPath: await findTemporalCli({ env: process.env }),
      dbFile: join(folder, 'temporal.db'),
      fastTimers: true,
    };
    const before = await startTemporal(options);
    // Without retries of its own, of which one that is waiting would throw once the connection is closed.
    const connection = await Connection.connect({ address: before.address, interceptors: [] });
    const { gate } = await joined(new Client({ connection }));
    await before.stop();
    gate.hold(600_000);
    const after = await startTemporal({ ...options, port: Number(before.address.split(':')[1]) });
    const handle = new Client({ connection }).workflow.getHandle(connectionIdOf(stage.connection));
    await eventually(async () => {
      const { events } = await handle.fetchHistory();
      return (events ?? []).some(
        ({ workflowExecutionSignaledEventAttributes: said }) => said?.signalName === 'hold',
      );
    });
    leaving.abort();
    await connection.close();
    await after.stop();
    rmSync(folder, { recursive: true });
  });
});

describe('a connection that is held again and again', () => {
  it('goes on as another execution, and is followed without looking back', async () => {
    await stage.startWorker();
    const { gate } = await joined();
    const first = await executionOf();
    const handle = client.workflow.getHandle(connectionIdOf(stage.connection));
    let forMs = 600_000;
    while ((await executionOf()).runId === first.runId) {
      await handle.signal('hold', { forMs: (forMs += 1_000) });
      expect((await executionOf()).historyLength).toBeLessThan(1_200);
    }
    await handle.signal('hold', { forMs: 3_600_000 });
    const isOfLast = (until: string): boolean => Date.parse(until) > Date.now() + 3_500_000;
    await eventually(async () => {
      const state = await stateOf();
      return state.status === 'throttled' && isOfLast(state.until);
    });
    const states: ConnectionState[] = [];
    void followConnection(client, stage.connection, {
      changed: (state) => states.push(state),
      ...{ heard: () => undefined, failed: () => undefined },
      signal: leaving.signal,
    });
    await eventually(() => states.length > 0);
    expect(isHeld(gate)).toBe(true);
    await stage.client.connections.resume(stage.connection, { reason: 'a mistake of the proxy', by: 'ada' });
    await eventually(() => !isHeld(gate));
    await eventually(() => states.at(-1)?.status === 'open');
    expect(states.map(({ status }) => status)).toEqual(['throttled', 'open']);
  });
});
