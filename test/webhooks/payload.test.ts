import { describe, expect, it } from '@jest/globals';
import type { WebhookEvent } from '../../src/run/steps.js';
import { linkFor } from '../../src/webhooks/approval-link.js';
import { grantOf } from '../../src/webhooks/approval-token.js';
import { payloadOf } from '../../src/webhooks/payload.js';

const secret = 'a secret of at least thirty-two bytes';
const publicUrl = 'https://longhaul.example.com/';
const approval = {
  model: 'iris',
  version: 4,
  metrics: { accuracy: 0.95 },
  live: { version: 3, metrics: { accuracy: 0.93 } },
  changed: ['commit 1a2b → 3c4d'],
  until: '2026-11-24T10:00:00.000Z',
};
const event: WebhookEvent = {
  type: 'run.approval-requested',
  number: 2,
  at: '2026-11-21T10:00:00.000Z',
  runId: 'retrain.nightly',
  attemptId: '01a1fd80-7e9b-73e7-a1ba-a621c547780d',
  pipeline: 'retrain',
  connection: 'domino-prod',
  status: 'running',
  approval,
};
const parts = { publicUrl, secret };
const asking = (by: readonly string[]): WebhookEvent => ({ ...event, approval: { ...approval, by } });

describe('the link by which a receiver decides', () => {
  it('leads to this server, and its token says the run, the attempt, the receiver and the time', () => {
    const link = linkFor('team', event, parts) ?? '';
    expect(link).toMatch(/^https:\/\/longhaul\.example\.com\/v1\/approvals\/[\w-]+$/);
    expect(grantOf(link.slice(link.lastIndexOf('/') + 1), secret, Date.parse(event.at))).toEqual({
      runId: event.runId,
      attemptId: event.attemptId,
      receiver: 'team',
      until: approval.until,
    });
  });

  it('is only for receivers that may decide', () => {
    expect(linkFor('team', asking(['webhook:team']), parts)).not.toBeNull();
    expect(linkFor('team', asking(['ada', 'team', 'webhook:team-b', 'webhook:*']), parts)).toBeNull();
  });

  it('is not there without a secret, without an address, and for other events', () => {
    const { approval: _approval, ...other } = event;
    expect(linkFor('team', event, { ...parts, secret: undefined })).toBeNull();
    expect(linkFor('team', event, { ...parts, publicUrl: undefined })).toBeNull();
    expect(linkFor('team', other, parts)).toBeNull();
  });
});

describe('a link where the one who started the run may not decide', () => {
  const asked = (by?: readonly string[]): WebhookEvent => ({
    ...event,
    approval: { ...approval, ...(by && { by }), byStarter: false },
  });

  it('is made only for receivers that are named', () => {
    expect(linkFor('team', asked(), parts)).toBeNull();
    expect(linkFor('team', asked(['ada']), parts)).toBeNull();
    expect(linkFor('team', asked(['webhook:team']), parts)).toMatch(/\/v1\/approvals\//);
  });
});

describe('the payload of an event that asks for approval', () => {
  it.each(['longhaul', 'cloudevents'] as const)(
    'carries what is to be decided and the link: %s',
    (format) => {
      const link = 'https://longhaul.example.com/v1/approvals/x';
      const { body } = payloadOf(event, { format, publicUrl, link });
      expect((JSON.parse(body) as { data: object }).data).toEqual({
        runId: event.runId,
        attemptId: event.attemptId,
        pipeline: 'retrain',
        connection: 'domino-prod',
        status: 'running',
        approval: { ...approval, link },
        url: 'https://longhaul.example.com/v1/runs/retrain.nightly',
      });
    },
  );

  it('has no link where there is none', () => {
    const { body } = payloadOf(event, { format: 'longhaul', publicUrl, link: null });
    expect((JSON.parse(body) as { data: object }).data).toMatchObject({ approval });
    expect(body).not.toContain('link');
  });
});
