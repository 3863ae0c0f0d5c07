/** The API key of the Domino simulator. */
import { randomBytes } from 'node:crypto';
import { environment } from '../../config.js';

/** Names the key of a simulator that is started. */
export const simulatorKeyVariable = 'LONGHAUL_SIMULATOR_API_KEY';

/** The key that the environment states. */
export const statedSimulatorKey = (): string | undefined => environment()[simulatorKeyVariable] || undefined;

/** That, or a new one: a simulator that runs commands must have a key that nobody knows. */
export const simulatorKey = (): string => statedSimulatorKey() ?? randomBytes(24).toString('base64url');
