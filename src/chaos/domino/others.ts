/** Other users of the platform: jobs of their own, newer revisions, names that look alike. */
import { domino } from '../../contract/domino/index.js';
import type { Dice } from '../dice.js';
import { actAgainAndAgain } from '../others.js';
import type { Platform } from '../platform.js';
import type { Others } from '../wing.js';
import { firstProject } from './place.js';

/** Lets others act until they are stopped. */
export function beOthers(
  platform: Platform,
  { dice, prefix }: { readonly dice: Dice; readonly prefix: string },
): Others {
  const startJobs = async (turn: number): Promise<void> => {
    const { id: projectId } = await firstProject(platform);
    const count = dice.between(`jobs ${turn}`, 1, 12);
    for (let at = 0; at < count; at += 1) {
      const title = `train-and-deploy.${prefix}-${String(turn).padStart(4, '0')} by hand`;
      await platform.post('/api/jobs/v1/jobs', { projectId, runCommand: 'by hand', title });
    }
  };
  const addRevision = async (turn: number): Promise<void> => {
    const { environments } = await platform.get(
      '/api/environments/beta/environments?offset=0&limit=1000000',
      domino.environments.list.response,
    );
    const [first, ...more] = environments.filter(({ name, archived }) => name.includes(prefix) && !archived);
    if (first === undefined) return;
    const { id } = dice.pick(`environment ${turn}`, [first, ...more]);
    await platform.post(`/api/environments/beta/environments/${id}/revisions`, {
      dockerfileInstructions: dice.pick(`content ${turn}`, ['RUN false', `RUN by hand ${turn}`]),
      summary: 'by hand',
    });
  };
  return actAgainAndAgain(dice, (turn) =>
    dice.chance(`deed ${turn}`, 0.6) ? startJobs(turn) : addRevision(turn),
  );
}
