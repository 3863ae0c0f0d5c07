/** What `docker compose up` needs in a fresh clone: nothing that is not in the repository or named before it starts. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config.js';

const root = new URL('../../', import.meta.url).pathname;
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');
const text = read('docker-compose.yml');
const Service = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  profiles: z.array(z.string()).default([]),
  restart: z.string(),
  logging: z.object({ options: z.record(z.string(), z.string()) }),
  deploy: z.object({ resources: z.object({ limits: z.record(z.string(), z.unknown()) }) }),
});
const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
});
const { services, volumes } = Compose.parse(parse(text, { merge: true }));
const Prometheus = z.looseObject({
  rule_files: z.array(z.string()),
  scrape_configs: z.array(
    z.looseObject({ dns_sd_configs: z.array(z.looseObject({ names: z.array(z.string()) })).default([]) }),
  ),
});
/** The services that end by themselves, once they have done what they are for. */
const ending = ['check', 'namespace', 'schema'];
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n');
const mounts = Object.entries(services).flatMap(([service, { volumes: own }]) =>
  own.map((mount) => {
    const [source = '', target = ''] = mount.replace(/\$\{\w+:-([^}]*)\}/, '$1').split(':');
    return { service, source, target };
  }),
);

describe('docker-compose.yml', () => {
  it('mounts folders of the repository, no file alone, and volumes that it declares', () => {
    for (const { service, source } of mounts)
      if (source.startsWith('./'))
        expect([service, source, tracked.some((file) => file.startsWith(`${source.slice(2)}/`))]).toEqual([
          service,
          source,
          true,
        ]);
      else expect(Object.keys(volumes)).toContain(source);
  });

  it('names each value that it lacks before anything starts, and `.env.example` lists them all', () => {
    const variables = [...text.matchAll(/(?<!\$)\$\{(\w+)([^}]*)\}/g)];
    const needed = variables.filter(([, , rest]) => rest === ':?copy .env.example to .env and fill it in');
    const optional = variables.filter(([, , rest]) => rest?.startsWith(':-'));
    expect(needed.length + optional.length).toBe(variables.length);
    const named = (some: typeof variables) => [...new Set(some.map(([, name]) => name))].sort();
    const listed = (pattern: RegExp) =>
      [...read('.env.example').matchAll(pattern)].map(([, name]) => name).sort();
    expect(listed(/^(\w+)=$/gm)).toEqual(named(needed));
    expect(listed(/^# (\w+)=/gm)).toEqual(named(optional));
  });

  it('gives Temporal the file without which its server ends', () => {
    const path = String(services['temporal']?.environment['DYNAMIC_CONFIG_FILE_PATH']);
    const mount = mounts.find(
      ({ service, target }) => service === 'temporal' && path.startsWith(`${target}/`),
    );
    expect(tracked).toContain(path.replace(mount?.target ?? '', mount?.source.slice(2) ?? ''));
  });

  it('starts nothing before its check has found every value that the settings name', () => {
    const first = (name: string): boolean =>
      name === 'check' || Object.keys(services[name]?.depends_on ?? {}).some(first);
    expect(Object.keys(services).filter((name) => !first(name))).toEqual([]);
    expect(services['check']?.depends_on).toEqual({});
    const { connections, audit } = loadConfig({ file: `${root}deploy/longhaul/longhaul.yaml`, env: {} });
    const secrets = [audit.key, ...Object.values(connections).map(({ apiKey, token }) => apiKey ?? token)];
    const named = secrets.map((secret) => (secret && 'file' in secret ? secret.file : null));
    expect(named).toEqual(['/run/secrets/audit-key', '/run/secrets/domino-dev']);
    for (const service of ['check', 'worker', 'server'])
      expect(mounts.filter((one) => one.service === service)).toEqual(
        expect.arrayContaining([
          { service, source: './deploy/longhaul', target: '/etc/longhaul' },
          { service, source: './deploy/secrets', target: '/run/secrets' },
        ]),
      );
  });

  it('has each service start again, be looked at, be limited, and keep no endless log', () => {
    for (const [name, { restart, healthcheck, logging, deploy }] of Object.entries(services)) {
      const ends = ending.includes(name);
      expect([name, restart]).toEqual([
        name,
        ends ? expect.stringMatching(/^(no|on-failure:\d+)$/) : 'unless-stopped',
      ]);
      expect([name, healthcheck !== undefined]).toEqual([name, !ends]);
      expect([name, logging.options]).toEqual([name, { 'max-size': '20m', 'max-file': '5' }]);
      expect([name, Object.keys(deploy.resources.limits).sort()]).toEqual([name, ['cpus', 'memory', 'pids']]);
    }
  });

  it('takes images of exact versions, its own that of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const images = new Set(Object.values(services).map(({ image }) => image));
    expect(images).toContain(`longhaul:${version}`);
    const others = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image ?? '');
    for (const image of [...images, ...others]) expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z-]+)?$/);
  });

  it('is the shape of production without the profile of the simulator', () => {
    const optional = Object.entries(services).filter(([, { profiles }]) => profiles.length > 0);
    expect(optional.map(([name]) => name)).toEqual(['simulator']);
  });

  it('has Prometheus read every process that has metrics, and every rule, and Grafana every dashboard', () => {
    const { scrape_configs: jobs, rule_files: rules } = Prometheus.parse(
      parse(read('deploy/prometheus/prometheus.yml')),
    );
    const names = jobs.flatMap(({ dns_sd_configs: configs }) => configs.flatMap(({ names: some }) => some));
    expect(names.sort()).toEqual(['server', 'temporal', 'worker']);
    expect(rules).toEqual(['/etc/prometheus/rules/*.yml']);
    expect(mounts).toContainEqual({
      service: 'prometheus',
      source: './deploy/prometheus',
      target: '/etc/prometheus',
    });
    expect(read('deploy/grafana/provisioning/dashboards/longhaul.yml')).toContain(
      'path: /etc/grafana/dashboards',
    );
    expect(mounts).toContainEqual({
      service: 'grafana',
      source: './deploy/grafana/dashboards',
      target: '/etc/grafana/dashboards',
    });
  });

  it('keeps the keys of the server in a volume, so that a revoked one is revoked', () => {
    const keysFile = String(services['server']?.environment['LONGHAUL_KEYS_FILE']);
    const mount = mounts.find(
      ({ service, target }) => service === 'server' && keysFile.startsWith(`${target}/`),
    );
    expect(mount).toMatchObject({ source: 'keys' });
  });

  it('lets every process of Longhaul write the one audit log, for each is read-only but for volumes', () => {
    for (const service of ['worker', 'server']) {
      const directory = services[service]?.environment['LONGHAUL_AUDIT_DIRECTORY'];
      const mount = mounts.find((one) => one.service === service && one.target === directory);
      expect([service, mount?.source]).toEqual([service, 'audit']);
    }
  });

  it('waits only for services that there are', () => {
    for (const { depends_on } of Object.values(services))
      for (const name of Object.keys(depends_on)) expect(Object.keys(services)).toContain(name);
  });
});
