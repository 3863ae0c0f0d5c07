/** Who acts from this machine. */
import { hostname, userInfo } from 'node:os';

/** `user@host`, as Temporal and the audit log record it. In a container the user may have a number only. */
export function identity(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}
