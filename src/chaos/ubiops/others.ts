/** Other users of UbiOps, who send requests of their own. */
import { z } from 'zod';
import type { Dice } from '../dice.js';
import { actAgainAndAgain } from '../others.js';
import type { Platform } from '../platform.js';
import type { Others } from '../wing.js';
import { sampleOf } from './workload.js';

const Named = z.array(z.object({ name: z.string() }));

/** Lets others act until they are stopped. */
export function beOthers(
  platform: Platform,
  { dice, prefix }: { readonly dice: Dice; readonly prefix: string },
): Others {
  const sendRequests = async (turn: number): Promise<void> => {
    const all = await platform.get('/projects/iris/deployments', Named);
    const [first, ...more] = all.filter(({ name }) => name.includes(prefix));
    if (first === undefined) return;
    const { name } = dice.pick(`deployment ${turn}`, [first, ...more]);
    const count = dice.between(`requests ${turn}`, 1, 8);
    const body = Array.from({ length: count }, () => sampleOf(`serve.${prefix}-0000 by hand`));
    await platform.post(`/projects/iris/deployments/${name}/requests/batch`, body);
  };
  return actAgainAndAgain(dice, sendRequests);
}
