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

/** All that this machine's user is known by. Nobody has checked it: whoever speaks to Temporal itself is trusted. */
export const localIds = (): readonly string[] => [`cli:${identity()}`, identity()];
