/** What documents write for the kinds that every platform has. */
import { metricOf } from '../pipeline/comparison.js';
import { parseCondition } from '../pipeline/gate.js';
import type { JobOutput } from '../pipeline/effects.js';
import type { Measured } from '../pipeline/metrics.js';
import type { Json } from '../pipeline/steps.js';
import { approve } from './approve.js';
import { type Candidate, choose } from './choose.js';
import { compare } from './compare.js';
import { end } from './end.js';
import { gate } from './gate.js';
import type { NeutralWith } from './spec.js';
import { Unfit, write } from './written-kind.js';

const measuredOf = ({ metrics, notNumbers, metricsLeftOut }: JobOutput): Measured => ({
  metrics,
  ...(notNumbers !== undefined && { notNumbers }),
  ...(metricsLeftOut !== undefined && { metricsLeftOut }),
});

const writtenGate = write<NeutralWith['gate']>()({
  kind: gate,
  specOf: ({ job, metrics = {}, conditions, baseline }) => {
    // A condition that nobody can read would let every model pass.
    for (const text of conditions)
      if (parseCondition(text) === null) throw new Unfit(`${JSON.stringify(text)} is no condition`);
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

const isFields = (value: Json): value is { readonly [field: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const writtenEnd = write<NeutralWith['end']>()({
  kind: end,
  isPure: true,
  specOf: (given) => given,
});

export const neutralWritten = {
  gate: writtenGate,
  compare: writtenCompare,
  approve: writtenApprove,
  choose: writtenChoose,
  end: writtenEnd,
};
