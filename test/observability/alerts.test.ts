/** The dashboard, the alert rules and their runbook against the table of metrics. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { foreignMetrics, productMetrics, seriesOf } from '../../src/observability/metrics.js';

const root = new URL('../../', import.meta.url).pathname;
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');

const Alert = z.object({
  alert: z.string(),
  expr: z.string(),
  annotations: z.record(z.string(), z.string()),
});
const Recorded = z.object({ record: z.string(), expr: z.string() });
const Rules = z.object({ groups: z.array(z.object({ rules: z.array(z.union([Alert, Recorded])) })) });
const rules = readdirSync(`${root}deploy/prometheus/rules`).flatMap((file) =>
  Rules.parse(parse(read(`deploy/prometheus/rules/${file}`))).groups.flatMap((group) => group.rules),
);
const recorded = rules.flatMap((rule) => ('record' in rule ? [rule] : []));
/** With the series that are counted in place of what is recorded of them, which has the same labels. */
const asCounted = (expr: string): string =>
  recorded.reduce(
    (text, { record, expr: of }) => text.replaceAll(record, /[a-z_]+/.exec(of)?.[0] ?? ''),
    expr,
  );
const alerts = rules.flatMap((rule) => ('alert' in rule ? [{ ...rule, expr: asCounted(rule.expr) }] : []));

const Dashboard = z.object({
  uid: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), definition: z.string().optional() })) }),
  panels: z.array(
    z.object({
      title: z.string(),
      datasource: z.object({ uid: z.string() }).optional(),
      targets: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});
const dashboard = Dashboard.parse(JSON.parse(read('deploy/grafana/dashboards/longhaul.json')));

const queries = [
  ...alerts.map(({ alert, expr }) => ({ of: alert, expr })),
  ...recorded.map(({ record, expr }) => ({ of: record, expr })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ of: title, expr: asCounted(expr) })),
  ),
  ...dashboard.templating.list.flatMap(({ name, definition: expr }) => (expr ? [{ of: name, expr }] : [])),
];

/** The series that a query names, each with the labels that it selects and the aggregation right around it. */
const namedIn = (expr: string) =>
  [
    ...expr.matchAll(
      /(?:\b(sum|max|min|count|avg)(?: by \([^)]*\))? ?\(\s*)?(?:(?:rate|increase)\()?\b([a-z]+_[a-z0-9_]+|up)\b(?![^{]*["}])(?:\{([^}]*)\})?/g,
    ),
  ].flatMap(([, by, series = '', labels = '']) =>
    /^(histogram_quantile|label_values|last_over_time)$/.test(series) ? [] : [{ by, series, labels }],
  );

const ofSeries = (series: string) =>
  Object.entries(productMetrics).find(([name, metric]) => seriesOf(name, metric).includes(series));

/** Series of Temporal's SDK that are histograms. */
const isForeign = (series: string): boolean =>
  foreignMetrics.some((name) => name === series.replace(/_bucket$/, ''));

describe('the table of metrics', () => {
  it('names each by the conventions of Prometheus', () => {
    for (const [name, { kind, buckets, labels }] of Object.entries(productMetrics)) {
      expect(name).toMatch(/^longhaul(_[a-z]+)+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter']);
      expect([name, buckets !== undefined]).toEqual([name, kind === 'histogram']);
      if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(labels).not.toContain('le');
    }
  });
});

describe('the alert rules and the dashboard', () => {
  it('count what a new series begins with: increase() does not see it', () => {
    const initialized = /longhaul_deliveries_total\{outcome="(failed|delivered)"\}/; // a 0 for each receiver
    for (const { alert, expr } of alerts)
      for (const [, counted = ''] of expr.matchAll(/increase\(([^[]*)\[/g))
        expect([alert, counted]).toEqual([alert, expect.stringMatching(initialized)]);
    const asked = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(asked.filter((expr) => expr.includes('increase('))).toEqual([]);
    for (const { record, expr } of recorded) {
      const [, series = '', range = ''] = /increase\(([a-z_]+)\[(\w+)\]\)$/m.exec(expr) ?? [];
      expect([record, expr.replaceAll(/\s+/g, ' ').trim()]).toEqual([
        `${record.split(':')[0] ?? ''}:increase${range}`,
        `(${series} unless last_over_time(${series}[1d] offset ${range})) or increase(${series}[${range}])`,
      ]);
    }
  });

  it.each(queries)('$of asks for metrics that are exported', ({ expr }) => {
    const named = namedIn(expr);
    expect(named).not.toEqual([]);
    for (const { series } of named)
      expect([series, isForeign(series) || ofSeries(series) !== undefined]).toEqual([series, true]);
  });

  it.each(queries)('$of selects and groups by labels that the metrics have', ({ expr }) => {
    const given = namedIn(expr).flatMap(({ series, labels }) => {
      const metric = ofSeries(series);
      const used = [...labels.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label);
      return metric === undefined ? [] : [{ used, labels: metric[1].labels }];
    });
    for (const { used, labels } of given) expect(labels).toEqual(expect.arrayContaining(used));
    if (given.length === 0) return; // of others
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, by = '']) => by.split(/,\s*/));
    const known = [...given.flatMap(({ labels }) => labels), 'le'];
    if (namedIn(expr).every(({ series }) => ofSeries(series) !== undefined))
      expect(known).toEqual(expect.arrayContaining(grouped));
  });

  it.each(queries)('$of puts samples of several processes together as they are meant', ({ expr }) => {
    for (const { series, by } of namedIn(expr)) {
      const metric = ofSeries(series)?.[1];
      if (metric === undefined || by === undefined || metric.kind === 'histogram') continue;
      expect([series, by]).toEqual([series, metric.over]);
    }
  });

  it('shows every metric of the product in the dashboard', () => {
    const shown = queries
      .slice(rules.length)
      .flatMap(({ expr }) => namedIn(expr).map(({ series }) => series));
    const missing = Object.entries(productMetrics).filter(
      ([name, metric]) => !seriesOf(name, metric).some((series) => shown.includes(series)),
    );
    expect(missing.map(([name]) => name)).toEqual([]);
  });

  it('asks the chosen data source', () => {
    expect(dashboard.uid).toBe('longhaul');
    expect(dashboard.templating.list[0]?.name).toBe('datasource');
    for (const { datasource, targets } of dashboard.panels)
      if (targets.length > 0) expect(datasource?.uid).toBe('${datasource}');
  });
});

describe('the runbook', () => {
  const entries = new Map(
    read('docs/runbook.md')
      .split(/^## /m)
      .slice(1)
      .map((entry) => [entry.split('\n', 1)[0] ?? '', entry]),
  );

  it.each(alerts)('has an entry for $alert, to which its annotation links', ({ alert, annotations }) => {
    expect(annotations['runbook_url']).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    const entry = entries.get(alert);
    for (const part of ['**What it means.**', '**What to look at.**', '**What to do.**'])
      expect(entry).toContain(part);
  });

  it('has no entry for an alert that is not there', () => {
    const known = alerts.map(({ alert }) => alert);
    expect([...entries.keys()].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('has a test for each alert', () => {
    const tests = read('deploy/prometheus/tests/longhaul.yml');
    for (const { alert } of alerts)
      expect(tests).toMatch(new RegExp(`alertname: ${alert}\\n\\s+exp_alerts:\\n`));
  });
});
