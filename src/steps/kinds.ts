/** Every kind of step, by its name: the one place in which the wings of the platforms come together. */
import type { Json } from '../run/json.js';
import { approve } from './approve.js';
import { call } from './call.js';
import { choose } from './choose.js';
import { compare } from './compare.js';
import type { StepKind } from './define.js';
import { dominoKinds } from './domino/kinds.js';
import { end } from './end.js';
import { gate } from './gate.js';
import { http } from './http.js';
import { pause } from './pause.js';
import { pipeline } from './pipeline.js';
import { ubiopsKinds } from './ubiops/kinds.js';

export const kinds = {
  ...dominoKinds,
  ...ubiopsKinds,
  gate,
  compare,
  approve,
  choose,
  end,
  pause,
  http,
  call,
  pipeline,
};

/** A kind as generic code places it: its spec is the one that its own `written` makes, and its output its own. */
export type AnyKind = StepKind<object, { readonly [key: string]: Json }>;

/** The kind of a name; `null` where there is none. */
export const kindNamed = (name: string): AnyKind | null =>
  (Object.entries(kinds).find(([known]) => known === name)?.[1] as unknown as AnyKind | undefined) ?? null;
