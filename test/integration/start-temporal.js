/** Starts one Temporal server for all integration tests, in memory and with timers that fire on time. */
import { findTemporalCli } from '../../dist/dev/temporal-cli.js';
import { startTemporal } from '../../dist/dev/temporal-server.js';

export default async function start() {
  if (process.env.LONGHAUL_TEST_TEMPORAL) return; // one that is up already
  const cliPath = await findTemporalCli({ env: process.env, say: console.error });
  const server = await startTemporal({ cliPath, fastTimers: true });
  process.env.LONGHAUL_TEST_TEMPORAL = server.address;
  globalThis.longhaulTestTemporal = server;
}
