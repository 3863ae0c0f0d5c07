/** How long computing takes, whatever else the machine does meanwhile. */

/** Milliseconds of CPU time that this process takes for some work, with what V8 does for it on other threads. */
export function cpuMsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
