/** What each operation of the API answers to whom: rows of the matrix of test/integration/access.test.ts. */
import type { Role } from '../../src/access/principal.js';

/** One row. */
export interface Operation {
  readonly access: Role | 'public';
  /** POST when left out and there is a body. */
  readonly method?: string;
  readonly path: string;
  readonly body?: object;
  readonly form?: Record<string, string>;
  /** Of a caller that may. */
  readonly allowed: number;
  /** Of a caller with the role but another scope. */
  readonly foreign: number;
}

/** Of replays of a run that has succeeded, and of its exported attempt, which Temporal knows: nothing is started. */
export const replayOperations = (runId: string, exported: object): Record<string, Operation> => ({
  planReplay: {
    access: 'operator',
    path: `/v1/runs/${runId}/replay-plan`,
    body: {},
    allowed: 409,
    foreign: 404,
  },
  replayRun: {
    access: 'operator',
    path: `/v1/runs/${runId}/replay`,
    body: { plan: '0'.repeat(16), reason: 'x', from: 'train' },
    allowed: 409,
    foreign: 404,
  },
  listAttempts: { access: 'viewer', path: `/v1/runs/${runId}/attempts`, allowed: 200, foreign: 404 },
  exportRun: { access: 'operator', path: `/v1/runs/${runId}/export`, allowed: 200, foreign: 404 },
  planExportedReplay: {
    access: 'operator',
    path: '/v1/replay-plans',
    body: { exported },
    allowed: 409,
    foreign: 403,
  },
  replayExported: {
    access: 'operator',
    path: '/v1/replays',
    body: { exported, plan: '0'.repeat(16), reason: 'x' },
    allowed: 409,
    foreign: 403,
  },
});

/** Of a campaign that has ended, which the same body has created. */
export const campaignOperations = (name: string, campaign: object): Record<string, Operation> => ({
  listCampaigns: { access: 'viewer', path: '/v1/campaigns', allowed: 200, foreign: 200 },
  getCampaign: { access: 'viewer', path: `/v1/campaigns/${name}`, allowed: 200, foreign: 404 },
  createCampaign: {
    access: 'operator',
    path: '/v1/campaigns',
    body: campaign,
    allowed: 200,
    foreign: 422,
  },
  startCampaign: {
    access: 'operator',
    path: `/v1/campaigns/${name}/start`,
    body: { reason: 'x' },
    allowed: 409,
    foreign: 404,
  },
  pauseCampaign: {
    access: 'operator',
    path: `/v1/campaigns/${name}/pause`,
    body: { reason: 'x' },
    allowed: 409,
    foreign: 404,
  },
  resumeCampaign: {
    access: 'operator',
    path: `/v1/campaigns/${name}/resume`,
    body: { reason: 'x' },
    allowed: 409,
    foreign: 404,
  },
  abortCampaign: {
    access: 'operator',
    path: `/v1/campaigns/${name}/abort`,
    body: { reason: 'x' },
    allowed: 409,
    foreign: 404,
  },
});
