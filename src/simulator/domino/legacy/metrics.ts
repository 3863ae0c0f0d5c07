/** Custom metrics of monitored models: values over time, and alerts. */
import { z } from 'zod';
import { Refusal } from '../../errors.js';
import { type Routes, route } from './route.js';

const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)));
const id = z.string().min(1);

const Alert = z.strictObject({
  modelMonitoringId: id,
  metric: id,
  value: z.number(),
  targetRange: z
    .strictObject({
      condition: z.enum(['lessThan', 'lessThanEqual', 'greaterThan', 'greaterThanEqual', 'between']),
      lowerLimit: z.number().optional(),
      upperLimit: z.number().optional(),
    })
    .refine(({ lowerLimit, upperLimit }) => (lowerLimit ?? upperLimit) !== undefined),
  description: z.string().optional(),
});

const NewValue = z.strictObject({
  modelMonitoringId: id,
  metric: id,
  value: z.number(),
  referenceTimestamp: time,
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })).default([]),
});

const Window = z.strictObject({
  startingReferenceTimestampInclusive: time,
  endingReferenceTimestampInclusive: time,
});

/** The routes of custom metrics. */
export const metrics: Routes = {
  'metrics.alert': route({
    method: 'POST',
    path: '/api/metricAlerts/v1',
    body: Alert,
    answer: () => ({}),
  }),
  'metrics.log': route({
    method: 'POST',
    path: '/api/metricValues/v1',
    body: z.strictObject({ newMetricValues: z.array(NewValue) }),
    status: 201,
    answer({ state }, { body, note }) {
      for (const value of body.newMetricValues) {
        state.legacy.metricValues.push(value);
        note('created', 'metricValues', `${value.modelMonitoringId}/${value.metric}`);
      }
      return {};
    },
  }),
  'metrics.list': route({
    method: 'GET',
    path: '/api/metricValues/v1/{modelMonitoringId}/{metric}',
    query: Window,
    answer({ state, ids }, { path, query }) {
      const from = Date.parse(query.startingReferenceTimestampInclusive);
      const to = Date.parse(query.endingReferenceTimestampInclusive);
      if (from > to) throw new Refusal(400, 'The window ends before it starts');
      const found = state.legacy.metricValues.filter(
        ({ modelMonitoringId, metric, referenceTimestamp }) =>
          modelMonitoringId === path.modelMonitoringId &&
          metric === path.metric &&
          Date.parse(referenceTimestamp) >= from &&
          Date.parse(referenceTimestamp) <= to,
      );
      return {
        metricValues: found.map(({ value, referenceTimestamp, tags }) => ({
          value,
          referenceTimestamp,
          tags,
        })),
        metadata: { requestId: ids.request(), notices: [] },
      };
    },
  }),
};
