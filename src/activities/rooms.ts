/** The effects of every kind of step, by kind: the one place in which a wing is assembled. */
import type { Json } from '../run/steps.js';
import type { PipelineStep } from '../steps/define.js';
import type { kinds } from '../steps/kinds.js';
import { call } from './steps/call.js';
import { dominoRooms } from './domino/rooms.js';
import { approve, choose, compare, end, gate } from './replay/judging.js';
import { http } from './steps/http.js';
import { pause } from './steps/pause.js';
import { pipeline } from './steps/pipeline.js';
import { ubiopsRooms } from './ubiops/rooms.js';
import type { EffectsOf, StepEffects } from './steps/step-effects.js';

/** A kind without effects does not compile. */
const rooms: { readonly [K in keyof typeof kinds]: EffectsOf<(typeof kinds)[K]> } = {
  ...dominoRooms,
  ...ubiopsRooms,
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

/** The effects of the kind of a step; its spec and its output are JSON here, each of that very kind. */
export function effectsOf({ kind }: Pick<PipelineStep, 'kind'>): StepEffects<object, Json> {
  const room = Object.entries(rooms).find(([name]) => name === kind)?.[1];
  if (room === undefined) throw new TypeError(`no effects are assembled for the step kind "${kind}"`);
  return room;
}
