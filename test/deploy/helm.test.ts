/** The Helm chart, where `helm` is: what it refuses, and what of it follows from the settings. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const chart = new URL('../../deploy/helm/longhaul', import.meta.url).pathname;
const least = `${chart}/ci/least.yaml`;
const hasHelm = spawnSync('helm', ['version']).error === undefined;
if (!hasHelm)
  console.warn('helm is not here: the chart is not rendered; `npm run helm:check` says how to get it');

/** Renders the chart with the least values and these; `null` without helm. */
function render(...set: readonly string[]) {
  return renderAs('longhaul', ...set);
}

/** As a release of this name. */
function renderAs(release: string, ...set: readonly string[]): { objects: unknown[]; stderr: string } | null {
  if (!hasHelm) return null;
  const more = set.flatMap((value) => ['--set-json', value]);
  const { stdout, stderr } = spawnSync(
    'helm',
    ['template', release, chart, '--values', least, '--kube-version', 'v1.35.0', ...more],
    { encoding: 'utf8' },
  );
  return { objects: parseAllDocuments(stdout).map((one) => z.unknown().parse(one.toJS())), stderr };
}

describe('the Helm chart', () => {
  it.each([
    ['temporal.address=""', "at '/temporal/address'"],
    ['image.repository=""', "at '/image/repository'"],
    ['image.tag="latest"', "at '/image/tag'"],
    ['settings={"connections":null}', "at '/settings/connections'"],
    ['workers=[{"name":"a"}]', "at '/workers/0': missing property 'roles'"],
    ['keys={"secret":""}', 'set keys.claim, keys.secret or settings.access.tokens'],
    ['workers=[{"name":"a","roles":["activities"],"connections":["none"]}]', 'a names the connection none'],
    [
      'settings.connections.domino-prod.requestTimeoutMs=45000',
      'settings.worker.shutdownGraceMs (45000) must be longer than settings.connections.domino-prod.requestTimeoutMs',
    ],
    ['server.ingress={"enabled":true}', "at '/server/ingress/host'"],
    ['archive={"enabled":true}', "at '/archive/to'"],
    ['archive={"enabled":true,"to":"s3://kept"}', 'set archive.credentials'],
    ['archive={"enabled":true,"to":"/archive"}', 'set archive.claim'],
    ['serviceMonitor={"enabled":true}', 'serviceMonitor.serverKey.secret'],
    ['workers=[{"name":"a","roles":["pipelines"]},{"name":"a","roles":["activities"]}]', 'two are named a'],
    ['secrets=""', 'name /run/secrets/domino-prod, and the worker all has no Secret: set secrets'],
    [
      'settings.connections.domino-prod.apiKey={"env":"PROD_KEY"}',
      '{"env":"PROD_KEY"}: pods have no such variable',
    ],
    [
      'settings.connections.domino-prod=null',
      "at '/settings/connections/domino-prod': got null, want object",
    ],
    ['settings.connections.domino-prod.url=null', "at '/settings/connections/domino-prod/url'"],
    ['settings.worker=null', "at '/settings/worker'"],
    ['temporal.tls={"secret":"tls"}', 'set temporal.tls.enabled'],
    ['temporal.namespace=null', "at '/temporal': missing property 'namespace'"],
    ['networkPolicy=null', "missing property 'networkPolicy'"],
    ['networkPolicy.metricsFrom=null', "at '/networkPolicy': missing property 'metricsFrom'"],
    ['networkPolicy.platformPorts=[70000]', "at '/networkPolicy/platformPorts/0'"],
    ['podDisruptionBudget.maxUnavailable=null', "missing property 'maxUnavailable'"],
    ['podDisruptionBudget.maxUnavailable="half"', "at '/podDisruptionBudget/maxUnavailable'"],
    ['server.replicas=null', "at '/server': missing property 'replicas'"],
    ['server.resources=null', "at '/server': missing property 'resources'"],
    ['temporal.apiKey={"secret":"cloud","key":null}', "at '/temporal/apiKey': missing property 'key'"],
    ['serviceMonitor.interval="often"', "at '/serviceMonitor/interval'"],
    ['archive.schedule="every hour"', "at '/archive/schedule'"],
    [
      'server.ingress={"enabled":true,"host":"https://a.example.com","tlsSecret":"t"}',
      "at '/server/ingress/host'",
    ],
    ['nameOverride="Long_haul"', "at '/nameOverride'"],
    [
      'workers=[{"name":"a","roles":["activities"],"autoscaling":{"kind":"hpa","minReplicas":7}}]',
      'autoscaling of a has minReplicas 7 above maxReplicas 6',
    ],
  ])('refuses %s by name, before anything is installed', (value, named) => {
    expect(render(value)?.stderr ?? named).toContain(named);
  });

  it.each(['my.release', '1st'])('refuses the release %s, whose Services could not be made', (release) => {
    expect(renderAs(release)?.stderr ?? release).toContain(release);
  });

  it('keeps two releases in one namespace apart: no object of one name, no selector that finds pods of both', () => {
    const more = [
      'serviceMonitor={"enabled":true,"serverKey":{"secret":"m"}}',
      'archive={"enabled":true,"to":"s3://kept","credentials":"s3"}',
      'server.ingress={"enabled":true,"host":"a.example.com","tlsSecret":"t"}',
    ];
    const named = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
    const [one, two] = ['longhaul', 'longhaul-b'].map((release) => renderAs(release, ...more)?.objects ?? []);
    const names = (objects: unknown[] = []) =>
      objects.map((object) => named.parse(object)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set([...names(one), ...names(two)]).size).toBe(names(one).length + names(two).length);
    const selectors = [
      ...JSON.stringify(one).matchAll(/"(?:selector|matchLabels|podSelector)":(\{[^{}]+\})/g),
    ];
    const own = selectors
      .map(([, selector = '']) => selector)
      .filter((one) => one.includes('app.kubernetes'));
    expect(own.length > 0).toBe(hasHelm);
    for (const selector of own) expect(selector).toContain('"app.kubernetes.io/instance":"longhaul"');
  });

  it('lets a worker finish its requests before it is killed', () => {
    const rendered = render('settings.worker.shutdownGraceMs=120000');
    if (rendered === null) return;
    expect(rendered.objects).toContainEqual(
      expect.objectContaining({
        kind: 'Deployment',
        metadata: expect.objectContaining({ name: 'longhaul-worker-all' }),
        spec: expect.objectContaining({
          template: expect.objectContaining({
            spec: expect.objectContaining({ terminationGracePeriodSeconds: 145 }),
          }),
        }),
      }),
    );
  });

  it.each([
    ['platformPorts', 'networkPolicy.platformPorts=[]', [443]],
    [
      'a port in a URL',
      'settings.connections.domino-prod.url="https://domino.example.com:8443/base"',
      [443, 8443],
    ],
    ['http', 'settings.connections.domino-prod.url="http://domino.corp"', [443, 80]],
    ['capitals', 'settings.connections.domino-prod.url="HTTPS://domino.corp:8443"', [443, 8443]],
    ['a proxy', 'settings.connections.domino-prod.proxy="http://proxy.corp:3128"', [3128, 443]],
    ['a receiver', 'settings.webhooks.outgoing.chat.url="http://chat.corp:9000/hook"', [443, 9000]],
  ])('lets pods out to where the settings lead, and nowhere else: %s', (_, value, ports) => {
    const rendered = render(value);
    if (rendered === null) return;
    const egress = rendered.objects.flatMap((one) => {
      const policy = z.object({ kind: z.literal('NetworkPolicy'), spec: z.unknown() }).safeParse(one);
      return policy.success ? [policy.data.spec] : [];
    });
    expect(egress).toHaveLength(2);
    for (const spec of egress)
      expect(spec).toMatchObject({
        policyTypes: ['Ingress', 'Egress'],
        egress: [
          { ports: [{ port: 53 }, { port: 53 }] },
          { ports: [{ port: 7233 }] },
          { ports: ports.map((port) => ({ port, protocol: 'TCP' })) },
        ],
      });
  });

  it('trusts the public authorities where the Secret of Temporal has none', () => {
    const rendered = render('temporal.tls={"enabled":true,"secret":"cloud","ca":""}');
    const text = JSON.stringify(rendered?.objects ?? '/etc/temporal-tls/tls.crt');
    expect(text).toContain('/etc/temporal-tls/tls.crt');
    expect(text).not.toContain('SERVER_CA_CERT');
  });

  it('is of the version of the package', () => {
    const { appVersion } = z
      .looseObject({ appVersion: z.string() })
      .parse(parse(readFileSync(`${chart}/Chart.yaml`, 'utf8')));
    const { version } = z
      .looseObject({ version: z.string() })
      .parse(JSON.parse(readFileSync(`${chart}/../../../package.json`, 'utf8')));
    expect(appVersion).toBe(version);
  });
});
