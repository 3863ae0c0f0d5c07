/** The API key of the Domino simulator. */
import { environment } from '../config.js';

/** `simulator-key`, unless LONGHAUL_SIMULATOR_API_KEY says otherwise. */
export const simulatorKey = (): string => environment()['LONGHAUL_SIMULATOR_API_KEY'] || 'simulator-key';
