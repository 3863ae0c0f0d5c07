/** The step that calls an endpoint, as plans look at it. */
import { endpointNamed } from '../../contract/contracts.js';
import type { call as kind } from '../../steps/call.js';
import { findMade } from './calls.js';
import { type EffectsOf, calling, runs } from './step-effects.js';

export const call: EffectsOf<typeof kind> = {
  unforeseen: { why: 'calls an endpoint' },
  foresee: async ({ deps }, effect, spec) => {
    const named = endpointNamed(spec.endpoint);
    if (named === null || named.endpoint.replay === 'safe') return runs(`calls ${spec.endpoint}`);
    const { group, name, endpoint } = named;
    const calls = calling(
      [`${group}.${name}`],
      Object.values(spec.params ?? {}).join(', ') || 'the platform',
    );
    if (endpoint.replay === 'idempotent') return runs(`calls ${spec.endpoint}, which may be repeated`, calls);
    if (endpoint.found === 'none')
      return runs(
        `calls ${spec.endpoint}, unless an earlier attempt may have: then a person is asked`,
        calls,
      );
    const made = await findMade(deps, effect, { ...spec, named });
    if (made === null) return runs(`nothing carries its marker: calls ${spec.endpoint}`, calls);
    return runs(`what ${spec.endpoint} has made carries its marker: it is taken over`);
  },
};
