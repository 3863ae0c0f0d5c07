/** Keeps a model for one run, by being there: its id runs once. */
import type { Effects } from '../pipeline/effects.js';
import { proxyEffects } from './effects.js';

/** Ends when the run has ended; whoever claims the model meanwhile does not wait for that. */
export async function holdModel({
  connection,
  runId,
}: {
  readonly connection: string;
  readonly runId: string;
}): Promise<void> {
  const { awaitRunEnd }: Pick<Effects, 'awaitRunEnd'> = proxyEffects(connection);
  await awaitRunEnd({ runId });
}
