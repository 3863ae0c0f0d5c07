/** What a receiver of events gets: a thin payload, in our form or as a CloudEvent. */
import { createHash } from 'node:crypto';
import type { WebhookEvent } from '../run/steps.js';

export interface Payload {
  /** The same however often it is sent, so that a receiver can tell. */
  readonly id: string;
  readonly contentType: string;
  readonly body: string;
}

export interface PayloadOptions {
  readonly format: 'longhaul' | 'cloudevents';
  /** Where the run can be asked for, if the API has an address for callers. */
  readonly publicUrl: string | undefined;
  /** Where the receiver decides on what the event asks; `null` when it may not. */
  readonly link: string | null;
}

/** What is sent of an event. */
export function payloadOf(event: WebhookEvent, { format, publicUrl, link }: PayloadOptions): Payload {
  const { type, at, number, approval, ...run } = event;
  const id = createHash('sha256')
    .update(`${run.runId} ${run.attemptId} ${number}`)
    .digest('hex')
    .slice(0, 32);
  const base = publicUrl?.replace(/\/$/, '');
  const data = {
    ...run,
    ...(approval && { approval: { ...approval, ...(link !== null && { link }) } }),
    ...(base !== undefined && { url: `${base}/v1/runs/${run.runId}` }),
  };
  if (format === 'longhaul')
    return { id, contentType: 'application/json', body: JSON.stringify({ type, timestamp: at, data }) };
  const cloudEvent = {
    specversion: '1.0',
    id,
    source: base ?? 'urn:longhaul',
    type: `longhaul.${type}`,
    subject: run.runId,
    time: at,
    datacontenttype: 'application/json',
    data,
  };
  return { id, contentType: 'application/cloudevents+json', body: JSON.stringify(cloudEvent) };
}
