/** Hardware tiers. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal } from '../errors.js';
import { type Simulation, need } from './world/simulation.js';
import type { HardwareTier } from './world/state.js';
import { type Handlers, iso, pageOf } from './handlers.js';
import { internalTier } from './internal-tiers.js';

/** The handlers of hardware tiers. */
export const hardwareTiers: Handlers<typeof domino>['hardwareTiers'] = {
  list(simulation, { query, metadata }) {
    const { items, paging } = pageOf(tiersOf(simulation, query.includeArchived), query);
    return { hardwareTiers: items, metadata: { ...metadata, ...paging } };
  },
  create({ state, clock }, { body, metadata, note }) {
    if (state.hardwareTiers.has(body.id))
      throw new Refusal(400, `A hardware tier with the id ${body.id} already exists`);
    const time = iso(clock.now());
    const hardwareTier: HardwareTier = {
      podCustomization: {},
      metadata: {},
      ...body,
      centsPerMinute: body.centsPerMinute ?? 0,
      flags: {
        isDataAnalystTier: false,
        isGlobal: true,
        isVisible: true,
        ...body.flags,
        isDefault: body.flags?.isDefault ?? false,
        isArchived: false,
      },
      creationTime: time,
      updateTime: time,
    };
    state.hardwareTiers.set(hardwareTier.id, hardwareTier);
    note('created', 'hardwareTier', hardwareTier.id);
    return { hardwareTier, metadata };
  },
  get: ({ state }, { path, metadata }) => ({
    hardwareTier: need(state.hardwareTiers, path.hardwareTierId, 'hardware tier'),
    metadata,
  }),
  update({ state, clock }, { body, metadata, note }) {
    const { creationTime } = need(state.hardwareTiers, body.id, 'hardware tier');
    const hardwareTier: HardwareTier = { ...body, creationTime, updateTime: iso(clock.now()) };
    state.hardwareTiers.set(body.id, hardwareTier);
    note('changed', 'hardwareTier', body.id);
    return { hardwareTier, metadata };
  },
  archive({ state }, { path, metadata, note }) {
    const tier = need(state.hardwareTiers, path.hardwareTierId, 'hardware tier');
    const hardwareTier: HardwareTier = { ...tier, flags: { ...tier.flags, isArchived: true } };
    state.hardwareTiers.set(tier.id, hardwareTier);
    note('changed', 'hardwareTier', tier.id);
    return { hardwareTier, metadata };
  },
  listForProject(simulation, { path, query }) {
    need(simulation.state.projects, path.projectId, 'project');
    return tiersOf(simulation, query.showArchived).map(internalTier);
  },
};

const tiersOf = ({ state }: Simulation, archivedToo = false): HardwareTier[] =>
  [...state.hardwareTiers.values()].filter(({ flags }) => archivedToo || !flags.isArchived);
