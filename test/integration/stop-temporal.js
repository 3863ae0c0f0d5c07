/** Stops the Temporal server that start-temporal.js has started, if it has. */
export default async function stop() {
  await globalThis.longhaulTestTemporal?.stop();
}
