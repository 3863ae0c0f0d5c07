/** A platform that can begin anew while its server goes on: with the same routes, and nothing of what was there. */
import type { SimulatedWing } from './wing.js';

/** It, and how it begins anew. */
export interface Reloading {
  readonly wing: SimulatedWing;
  /** Takes what `create` makes instead; left as it is where that throws. */
  reload(create: () => Promise<SimulatedWing>): Promise<void>;
}

/** Routes and controls are those of the first wing: of one platform and dialect, they are always the same. */
export function createReloading(first: SimulatedWing): Reloading {
  let current = first;
  return {
    wing: {
      ...first,
      extras: first.extras.map((extra, index) => ({
        ...extra,
        carry: (sent, how) => (current.extras[index] ?? extra).carry(sent, how),
      })),
      controls: Object.fromEntries(
        Object.entries(first.controls).map(([name, control]) => [
          name,
          (body: unknown) => (current.controls[name] ?? control)(body),
        ]),
      ),
      keysIn: (headers) => current.keysIn(headers),
      isKey: (key) => current.isKey?.(key) === true,
      ...(first.isOpen && { isOpen: (endpoint: string) => current.isOpen?.(endpoint) === true }),
      ...(first.admit && {
        admit: (address: string) => current.admit?.(address) ?? { headers: {}, refusal: null },
      }),
      requestId: () => current.requestId(),
      errorBody: (refused) => current.errorBody(refused),
      carry: (endpoint, sent, how) => current.carry(endpoint, sent, how),
      close: () => current.close(),
    },
    async reload(create) {
      const next = await create();
      const before = current;
      current = next;
      await before.close();
    },
  };
}
