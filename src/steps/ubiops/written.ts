/** What documents write for the kinds of UbiOps. */
import { write } from '../written-kind.js';
import { environment } from './environment.js';
import type { UbiOpsWith } from './spec.js';

const writtenEnvironment = write<UbiOpsWith['ubiops.environment']>()({
  kind: environment,
  specOf: (given) => given,
});

export const ubiopsWritten = {
  'ubiops.environment': writtenEnvironment,
};
