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
function render(...set: readonly string[]): { objects: unknown[]; stderr: string } | null {
  if (!hasHelm) return null;
  const more = set.flatMap((value) => ['--set-json', value]);
  const { stdout, stderr } = spawnSync(
    'helm',
    ['template', 'longhaul', chart, '--values', least, '--kube-version', 'v1.35.0', ...more],
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
  ])('refuses %s by name, before anything is installed', (value, named) => {
    expect(render(value)?.stderr ?? named).toContain(named);
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
