/** Hardware tiers. All but `listForProject` need an administrator's rights. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped, filled, page, paging } from './envelopes.js';

/** `HardwareTierV1`. The id is free text such as `small-k8s`, and not the name. */
export const HardwareTier = z.object({
  id: z.string(),
  name: z.string(),
  centsPerMinute: z.number().optional(),
  flags: z.object({ isArchived: z.boolean().optional(), isDefault: z.boolean().optional() }).optional(),
});

const amount = z.strictObject({ value: z.number(), units: z.enum(['MB', 'MiB', 'GB', 'GiB']) });
const text = z.record(z.string(), z.string());

const tierFields = {
  id: filled,
  name: filled,
  resources: z.strictObject({
    cores: z.number(),
    coresLimit: z.number().optional(),
    memory: amount,
    memoryLimit: amount.optional(),
    memorySwapLimit: amount.optional(),
    sharedMemoryLimit: amount.optional(),
    allowSharedMemoryToExceedDefault: z.boolean(),
  }),
  gpuConfiguration: z.strictObject({ gpuKey: z.string(), numberOfGpus: z.number().int() }).optional(),
  availabilityZones: z.array(z.string()).optional(),
  computeClusterRestrictions: z
    .strictObject({
      restrictToDask: z.boolean(),
      restrictToMpi: z.boolean(),
      restrictToRay: z.boolean(),
      restrictToSpark: z.boolean(),
    })
    .optional(),
  dataPlaneId: z.string().optional(),
  maxSimultaneousExecutions: z.number().int().optional(),
  overProvisioning: z
    .strictObject({
      instances: z.number().int(),
      schedulingEnabled: z.boolean(),
      daysOfWeek: z.array(z.string()),
      fromTime: z.string(),
      toTime: z.string(),
      timezone: z.string(),
    })
    .optional(),
  tags: z.array(z.string()).optional(),
};

const podCustomization = z.strictObject({
  additionalAnnotations: text.optional(),
  additionalLabels: text.optional(),
  additionalLimits: text.optional(),
  additionalRequests: text.optional(),
  capabilities: z.array(z.string()).optional(),
  hugepages: text.optional(),
});

/** `NewHardwareTierV1`. */
export const NewHardwareTier = z.strictObject({
  ...tierFields,
  nodePool: z.string(),
  centsPerMinute: z.number().optional(),
  flags: z
    .strictObject({
      isDataAnalystTier: z.boolean().optional(),
      isDefault: z.boolean().optional(),
      isDefaultForModelApi: z.boolean().optional(),
      isGlobal: z.boolean().optional(),
      isModelApiTier: z.boolean().optional(),
      isVisible: z.boolean().optional(),
    })
    .optional(),
  podCustomization: podCustomization.optional(),
});

const count = z.number().int();
/** `HardwareTierCapacityV1`: how much room there is. */
const capacity = z.strictObject({
  capacityLevel: z.enum(['CanExecuteWithCurrentInstances', 'RequiresLaunchingInstance', 'Full', 'Unknown']),
  numberOfExecutors: count,
  maxNumberOfExecutors: count,
  executingRuns: count,
  queuedRuns: count,
  maxConcurrentRuns: count,
  availableCapacityWithoutLaunching: count,
  maxAvailableCapacity: count,
});

/** `HardwareTierV1` as a request: `PUT` replaces, and names the tier in the body, not in the path. */
export const HardwareTierReplacement = z.strictObject({
  ...tierFields,
  nodePool: z.string().optional(),
  centsPerMinute: z.number(),
  flags: z.strictObject({
    isArchived: z.boolean(),
    isDataAnalystTier: z.boolean(),
    isDefault: z.boolean(),
    isDefaultForModelApi: z.boolean().optional(),
    isGlobal: z.boolean(),
    isModelApiTier: z.boolean().optional(),
    isVisible: z.boolean(),
  }),
  podCustomization,
  metadata: text,
  capacity: capacity.optional(),
  creationTime: z.string(),
  updateTime: z.string(),
});

/** The endpoints of hardware tiers. */
export const hardwareTiers = {
  list: endpoint({
    method: 'GET',
    path: '/api/hardwaretiers/v1/hardwaretiers',
    summary: 'List hardware tiers.',
    source: 'domino-rest-api-reference.md#list-hardware-tiers',
    replay: 'safe',
    query: z.strictObject({ ...paging, includeArchived: z.boolean().optional() }),
    response: page('hardwareTiers', HardwareTier),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/hardwaretiers/v1/hardwaretiers',
    summary: 'Create a hardware tier.',
    source: 'domino-rest-api-reference.md#create-hardware-tier',
    replay: 'creates',
    found: 'none',
    body: NewHardwareTier,
    response: enveloped('hardwareTier', HardwareTier),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/hardwaretiers/v1/hardwaretiers/{hardwareTierId}',
    summary: 'Get a hardware tier.',
    source: 'domino-rest-api-reference.md#get-hardware-tier',
    replay: 'safe',
    response: enveloped('hardwareTier', HardwareTier),
  }),
  update: endpoint({
    method: 'PUT',
    path: '/api/hardwaretiers/v1/hardwaretiers',
    summary: 'Replace a hardware tier.',
    source: 'domino-rest-api-reference.md#update-hardware-tier',
    replay: 'idempotent',
    body: HardwareTierReplacement,
    response: enveloped('hardwareTier', HardwareTier),
  }),
  archive: endpoint({
    method: 'DELETE',
    path: '/api/hardwaretiers/v1/hardwaretiers/{hardwareTierId}',
    summary: 'Archive a hardware tier.',
    source: 'domino-rest-api-reference.md#archive-hardware-tier',
    replay: 'idempotent',
    response: z.looseObject({}),
  }),
  listForProject: endpoint({
    method: 'GET',
    path: '/v4/projects/{projectId}/hardwareTiers',
    summary: 'List the hardware tiers that a project may use.',
    source: 'domino-v4-subset.openapi.json#/projects/{projectId}/hardwareTiers',
    replay: 'safe',
    query: z.strictObject({ forModelApi: z.boolean().optional(), showArchived: z.boolean().optional() }),
    response: z.array(
      z.object({
        hardwareTier: z.object({
          id: z.string(),
          name: z.string(),
          hwtFlags: z
            .object({ isArchived: z.boolean().optional(), isDefault: z.boolean().optional() })
            .optional(),
        }),
      }),
    ),
  }),
} as const;
