/** A second platform with one kind of step: this is all that must be written for it, beside how it speaks. */
import type { ActivityDependencies } from '../../src/activities/dependencies.js';
import { markerOf } from '../../src/activities/effect/attempt.js';
import { creating, ensure } from '../../src/activities/effect/ensure.js';
import type { Foresight } from '../../src/activities/replay/foresight.js';
import { type EffectsOf, calling, runs } from '../../src/activities/steps/step-effects.js';
import { createUndo } from '../../src/activities/effect/undoing.js';
import type { ActivityWing } from '../../src/activities/wing.js';
import type { Doubt, Effect, Undoing, Undone } from '../../src/run/undoing/effect.js';
import type { Effects } from '../../src/run/undoing/effects.js';
import type { Origin } from '../../src/run/ids.js';
import { type PlatformClient, typedClient } from '../../src/platform/client.js';
import { eachItem, pageOf } from '../../src/platform/pages.js';
import { defineStep } from '../../src/steps/define.js';
import { type shop, toyWing } from '../platform/toy-wing.js';

interface PackSpec {
  readonly label: string;
}
type Packed = Doubt & { readonly boxId: string };

/** Its effects, as its steps call them. */
export interface ShopEffects {
  ensureBox(effect: Effect & PackSpec): Promise<Packed>;
  archiveBoxes(undoing: Undoing): Promise<Undone>;
}

/** The kind: packs a box, once. */
export const pack = defineStep<PackSpec, Packed, Effects & ShopEffects>({
  kind: 'shop.pack',
  holds: { boxId: 'an id' },
  recorded: { output: ['ensureBox'], undo: ['archiveBoxes'] },
  running: () => ({ undo: 'archiveBoxes' }),
  perform: async (step, spec) => {
    const answered = step.undo('running', { undo: 'archiveBoxes' });
    const box = await step.effects.ensureBox({ ...step.effect, ...spec });
    answered({ id: box.boxId }, box);
    step.waiting('somebody to fetch it', { kind: 'box', id: box.boxId });
    return box;
  },
});

interface ShopDependencies extends ActivityDependencies {
  readonly shop: PlatformClient<typeof shop>;
}

/** What plans know of the kind. */
export const packRoom: EffectsOf<typeof pack, Foresight<ShopDependencies, ShopEffects>> = {
  unforeseen: { why: 'packs a box', endpoints: ['boxes.pack'] },
  foresee: async ({ foresee }, effect, spec) => {
    const { answer, endpoints } = await foresee((effects) => effects.ensureBox({ ...effect, ...spec }));
    if (answer === null) return runs('no box carries its marker', calling(endpoints, spec.label));
    return { ...runs('it is packed'), adopts: { kind: 'box', id: answer.boxId }, output: answer };
  },
};

/** The boxes that carry the marker of an origin. */
async function* marked({ shop: { boxes } }: ShopDependencies, origin: Origin) {
  const page = async (query: { offset: number; limit: number }) => {
    const { boxes: items, metadata } = await boxes.list({ query });
    return pageOf(items, metadata);
  };
  for await (const box of eachItem(page)) if (box.label.includes(markerOf(origin))) yield box;
}

/** The activities. */
export const toyActivities: ActivityWing<ShopDependencies, ShopEffects> = {
  platform: toyWing,
  dependenciesOf: (deps) => ({ ...deps, shop: typedClient(toyWing, deps.client) }),
  createEffects: (deps) => ({
    ensureBox: creating(deps, ({ label, origin, begunBefore }: Effect & PackSpec, attempt) =>
      ensure<Packed>(attempt, {
        ...{ lookFirst: begunBefore, begunBefore },
        find: async () => {
          for await (const { id } of marked(deps, origin)) return { boxId: id };
          return null;
        },
        create: async () => {
          const body = { label: `${label} ${markerOf(origin)}` };
          return { boxId: (await deps.shop.boxes.pack({ body }, { deadlineMs: attempt.deadlineMs })).id };
        },
      }),
    ),
    archiveBoxes: createUndo(deps, 'box', async ({ origin }) => {
      const objects = [];
      for await (const { id } of marked(deps, origin)) objects.push({ kind: 'box', id });
      for (const { id } of objects) await deps.shop.boxes.unpack({ path: { id } });
      return objects.map((object) => ({ state: 'undone' as const, object }));
    }),
  }),
};
