/** What documents write for the kinds that every platform has. */
import { metricOf } from '../run/retraining/comparison.js';
import { readCondition } from '../run/retraining/condition.js';
import type { Measured } from '../run/retraining/metrics.js';
import type { CallSpec, HttpSpec } from '../run/documents/requests.js';
import { isFields } from '../run/output-kinds.js';
import type { Json } from '../run/steps.js';
import { approve } from './approve.js';
import { call } from './call.js';
import { type Candidate, choose } from './choose.js';
import { compare } from './compare.js';
import { end } from './end.js';
import { gate } from './gate.js';
import { http } from './http.js';
import { pause } from './pause.js';
import { pipeline } from './pipeline.js';
import type { NeutralWith } from './spec.js';
import { Unfit, write } from './written-kind.js';

const measuredOf = ({ metrics, notNumbers, metricsLeftOut }: Measured): Measured => ({
  metrics,
  ...(notNumbers !== undefined && { notNumbers }),
  ...(metricsLeftOut !== undefined && { metricsLeftOut }),
});

const writtenGate = write<NeutralWith['gate']>()({
  kind: gate,
  judgesBy: ({ baseline }) => (baseline !== undefined && isLive(baseline) ? baseline : null),
  specOf: ({ job, metrics = {}, conditions, baseline }) => {
    // A condition that nobody can read would let every model pass.
    for (const text of conditions) {
      const read = readCondition(text);
      if (!read.ok)
        throw new Unfit(`${JSON.stringify(text)} is no condition, such as "accuracy >= 0.9": ${read.fault}`);
    }
    return {
      conditions,
      measured: job === undefined ? { metrics } : measuredOf(job),
      baseline: baselineOf(baseline),
    };
  },
});

function baselineOf(baseline: NeutralWith['gate']['baseline']) {
  if (baseline === undefined) return null;
  return isLive(baseline) ? baseline : { numbers: baseline };
}

const isLive = (
  baseline: NonNullable<NeutralWith['gate']['baseline']>,
): baseline is { project: string; modelApi: string } => typeof baseline['modelApi'] === 'string';

const writtenCompare = write<NeutralWith['compare']>()({
  kind: compare,
  judgesBy: ({ project, modelApi }) => ({ project, modelApi }),
  shows: { metric: 'string', value: 'double', live: 'dyn', bound: 'dyn', liveVersion: 'dyn' },
  specOf: ({ job, project, modelApi, better = 'higher', ...by }) => ({
    by: { ...by, better },
    measured: measuredOf(job),
    live: { project, modelApi, metrics: [metricOf(by)] },
  }),
});

const writtenApprove = write<NeutralWith['approve']>()({
  kind: approve,
  approves: true,
  shows: { by: 'dyn', reason: 'dyn', at: 'string' },
  specOf: ({ within = '3d', byStarter = true, ...asked }, { deploying }) => {
    if (deploying === undefined) throw new Unfit('nothing is deployed below it');
    return { asked: { ...asked, within, byStarter }, ...deploying };
  },
});

const writtenChoose = write<NeutralWith['choose']>()({
  kind: choose,
  isPure: true,
  specOf: ({ from, by, highest = true }) => ({
    candidates: candidatesIn(from),
    by: metricOf({ metric: by }),
    highest,
  }),
});

/** Of a step with `each`, its items in their order; else the outputs of a list. */
function candidatesIn(from: NeutralWith['choose']['from']): Candidate[] {
  const list = 'items' in from ? from.items : from;
  if (!Array.isArray(list)) throw new Unfit('`from` is no step with `each`');
  return list.map((item: Json) =>
    isFields(item) && (item['state'] ?? 'succeeded') === 'succeeded' ? item : null,
  );
}

const writtenEnd = write<NeutralWith['end']>()({
  kind: end,
  isPure: true,
  specOf: (given) => given,
});

const writtenPause = write<NeutralWith['pause']>()({
  kind: pause,
  isPure: true,
  specOf: ({ for: length, until }) => {
    if (length !== undefined) return { for: length };
    if (until === undefined) throw new Unfit('it needs `for` or `until`');
    return { until };
  },
});

const writtenHttp = write<NeutralWith['http']>()({
  kind: http,
  mayMake: 'anything',
  shows: { body: 'dyn' },
  specOf: ({ service, method = 'GET', path, query = {}, body, expect, replay, select }): HttpSpec => ({
    ...{ service, method, query },
    path: typeof path === 'string' ? path : pathOf(path),
    ...(body !== undefined && { body: body as Json }), // a value of a document
    ...(expect !== undefined && { expect: [expect].flat() }),
    replay: replay ?? (method === 'GET' ? 'safe' : 'once'),
    ...(select !== undefined && { select }),
  }),
});

const writtenCall = write<NeutralWith['call']>()({
  kind: call,
  mayMake: 'anything',
  shows: { body: 'dyn' },
  specOf: ({ query, body, ...given }, { mayNameMade }): CallSpec => ({
    ...given,
    ...(!mayNameMade() && { given: true }),
    ...(query !== undefined && { query: query as { readonly [key: string]: Json } }), // values of a document
    ...(body !== undefined && { body: body as Json }), // the same
  }),
});

const writtenPipeline = write<NeutralWith['pipeline']>()({
  kind: pipeline,
  mayMake: 'anything',
  specOf: ({ pipeline: name, input = {} }) => ({
    pipeline: name,
    input: input as { readonly [key: string]: Json }, // values of a document
  }),
});

/** Of its parts, each encoded: none of them leads elsewhere, also where somebody in between decodes its slashes. */
function pathOf(parts: readonly (string | number | boolean)[]): string {
  const encoded = parts.map((part) => {
    const segments = String(part).split('/');
    if (part === '' || segments.includes('.') || segments.includes('..'))
      throw new Unfit(`a part of \`path\` is ${JSON.stringify(part)}, which leads elsewhere`);
    return encodeURIComponent(part);
  });
  return `/${encoded.join('/')}`;
}

export const neutralWritten = {
  gate: writtenGate,
  compare: writtenCompare,
  approve: writtenApprove,
  choose: writtenChoose,
  end: writtenEnd,
  pause: writtenPause,
  http: writtenHttp,
  call: writtenCall,
  pipeline: writtenPipeline,
};
