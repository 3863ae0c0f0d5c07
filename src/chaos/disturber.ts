/** Disturbs processes while runs go on, and mends them again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Dice } from './dice.js';
import type { ProcessEvent } from './evidence.js';
import type { ProcessFaults } from './scenarios.js';
import type { Stage } from './stage.js';

export interface Disturber {
  readonly events: readonly ProcessEvent[];
  /** Stops disturbing; resolves when every process works again. */
  mend(): Promise<void>;
}

type Kind = 'kill' | 'freeze' | 'drain' | 'temporal';

/** Disturbs by the dice until it is told to mend. */
export function disturb(
  stage: Pick<Stage, 'workers' | 'temporal'>,
  { faults, dice, count }: { readonly faults: ProcessFaults; readonly dice: Dice; readonly count: number },
): Disturber {
  const events: ProcessEvent[] = [];
  const over = new AbortController();
  const frozen = new Map<number, Promise<void>>();
  const note = (what: ProcessEvent['what']): void => void events.push({ atMs: Date.now(), what });
  const isOver = (): boolean => over.signal.aborted;
  const pause = (ms: number): Promise<unknown> =>
    delay(ms, undefined, { signal: over.signal }).catch(() => undefined);

  const kinds = Object.entries(faults).flatMap(([kind, weight]): Kind[] =>
    typeof weight === 'number' ? Array.from({ length: weight }, () => kind as Kind) : [],
  ); // the keys of the weights
  const act = async (kind: Kind, turn: string): Promise<void> => {
    const place = dice.between(`${turn} place`, 0, count - 1);
    switch (kind) {
      case 'kill': {
        const all = dice.chance(`${turn} all`, 0.1);
        const places = all ? Array.from({ length: count }, (_, at) => at) : [place];
        places.forEach(() => note('kill'));
        await Promise.all(places.map((at) => stage.workers.kill(at)));
        return;
      }
      case 'freeze': {
        if (frozen.has(place)) return;
        note('freeze');
        stage.workers.freeze(place);
        const ms = dice.between(`${turn} ms`, 500, 14_000);
        const thawed = pause(ms).then(() => {
          stage.workers.thaw(place);
          frozen.delete(place);
        });
        frozen.set(place, thawed);
        return;
      }
      case 'drain':
        if (frozen.has(place)) return;
        note('drain');
        return stage.workers.drain(place);
      case 'temporal': {
        const how = dice.pick(`${turn} how`, ['stop', 'kill'] as const);
        note(`temporal-${how}`);
        return stage.temporal.restart(how);
      }
    }
  };

  const play = async (): Promise<void> => {
    for (let turn = 0; !isOver(); turn += 1) {
      await pause(dice.between(`${turn} pause`, ...faults.everyMs));
      const [first, ...more] = kinds;
      if (isOver() || first === undefined) return;
      await act(dice.pick(`${turn} kind`, [first, ...more]), String(turn));
      await stage.workers.fill();
    }
  };
  const played = play();
  played.catch(() => undefined); // told by `mend`
  return {
    events,
    async mend() {
      over.abort();
      await Promise.all(frozen.values());
      await played;
      await stage.workers.fill();
    },
  };
}
