/** The step that asks a service, as plans look at it. Only the service knows what it has done. */
import type { http as kind } from '../../steps/http.js';
import { type EffectsOf, calling, runs } from './step-effects.js';

export const http: EffectsOf<typeof kind> = {
  unforeseen: { why: 'sends a request to a service' },
  foresee: (_foresight, _effect, { service, method, path, replay }) => {
    const once =
      replay === 'once' ? ', unless an earlier attempt may have sent it: then a person is asked' : '';
    const calls = method === 'GET' ? [] : calling([`http.${method.toLowerCase()}`], `${path} of ${service}`);
    return Promise.resolve(runs(`sends ${method} ${path} to service ${service}${once}`, calls));
  },
};
