/** A process that `dev` or `demo` started ends with it, even when that was killed. */

/** The channel to the parent closes at the parent's death, however it died. Without a channel, does nothing. */
export function stopWithParent(): void {
  if (!process.connected) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref(); // the channel alone must not keep a finished process alive
}
