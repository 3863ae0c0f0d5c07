/** Builds of environments, of either dialect. */
import { outcomeOf } from './packages.js';
import { type Simulation, birth } from './world/simulation.js';
import type { EnvironmentBuild, Package } from './world/state.js';
import type { BuildWords } from './world/timelines.js';

/** The words of `/v2.1`. */
export const buildWords: BuildWords = { queued: 'queued', going: ['processing'], success: 'success' };

/** The words of `/v2`. */
export const tagWords: BuildWords = {
  queued: 'queued',
  going: ['scanning', 'initialising', 'processing', 'building'],
  success: 'available',
};

/** Begins a build. */
export function startBuild(
  simulation: Simulation,
  uploaded: Package,
  how: { readonly trigger: EnvironmentBuild['trigger']; readonly needs: 'dependencies' | 'image' },
): EnvironmentBuild {
  const { ids, clock, world } = simulation;
  const born = birth(simulation);
  return {
    ...born,
    ...outcomeOf(simulation, uploaded, how),
    startedAt: clock.now(),
    queuedMs: ids.durationMs(`${born.id} queue`, world.durations.queue),
    buildMs: ids.durationMs(born.id, world.durations.build),
    trigger: how.trigger,
    size: 197_280_883 + uploaded.content.size,
  };
}

/** Whether a package is gone. */
export function isExpired(
  { behaviour: { packagesExpireAfterMinutes: minutes }, clock }: Simulation,
  { createdAt }: { readonly createdAt: number },
): boolean {
  return minutes !== null && clock.now() - createdAt > minutes * 60_000;
}
