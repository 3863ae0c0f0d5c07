/** Refusals in UbiOps' shape. */
import type { Refused } from '../wing.js';

/** A message, and nothing else. */
export const errorBody = ({ message }: Refused): object => ({ error: message });
