/** Hardware tiers as `/v4` shows them: other names, other units, and how much room there is. */
import type { HardwareTier } from './world/state.js';

const localDataPlane = {
  id: '000000000000000000000000',
  name: 'Local',
  namespace: 'domino-compute',
  isLocal: true,
  isHealthy: true,
  isArchived: false,
  isFileSyncDisabled: false,
  isLocked: false,
  configuration: {},
  status: {
    state: 'Healthy',
    message: '',
    agentVersion: '1.0.0',
    catalogVersion: '1.0.0',
    requiresUpgrade: false,
    supportsUpgrade: false,
  },
};

/** There is always a machine. */
const capacity = {
  currentNumberOfExecutors: 1,
  maximumNumberOfExecutors: 10,
  numberOfCurrentlyExecutingRuns: 0,
  numberOfQueuedRuns: 0,
  maximumConcurrentRuns: 10,
  availableCapacityWithoutLaunching: 1,
  maximumAvailableCapacity: 10,
  capacityLevel: 'CAN_EXECUTE_WITH_CURRENT_INSTANCES',
};

const noCustomization = {
  additionalRequests: {},
  additionalLimits: {},
  additionalAnnotations: {},
  additionalLabels: {},
  hugepages: {},
  capabilities: [],
};

/** `HardwareTierWithCapacityDto`. */
export const internalTier = ({ id, name, centsPerMinute, flags, ...tier }: HardwareTier) => ({
  hardwareTier: {
    id,
    name,
    centsPerMinute,
    hwtFlags: { isFree: false, isAllowedDuringTrial: false, ...flags },
    hwtResources: resourcesOf(tier['resources']),
    ...(tier['gpuConfiguration'] !== undefined && { gpuConfiguration: tier['gpuConfiguration'] }),
    creationTime: tier['creationTime'],
    updateTime: tier['updateTime'],
    podCustomization: { ...noCustomization, ...fieldsOf(tier['podCustomization']) },
    metadata: {},
  },
  capacity,
  dataPlane: localDataPlane,
});

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** An amount has `unit` here, and `units` in the public API. */
const resourcesOf = (resources: unknown) =>
  Object.fromEntries(
    Object.entries(fieldsOf(resources)).map(([name, value]) => {
      const { value: amount, units } = fieldsOf(value);
      return [name, units === undefined ? value : { value: amount, unit: units }];
    }),
  );
