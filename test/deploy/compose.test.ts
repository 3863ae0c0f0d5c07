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
const Compose = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
      volumes: z.array(z.string()).default([]),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
    }),
  ),
  volumes: z.record(z.string(), z.null()),
});
const { services, volumes } = Compose.parse(parse(text, { merge: true }));
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n');
const mounts = Object.entries(services).flatMap(([service, { volumes: own }]) =>
  own.map((mount) => {
    const [source = '', target = ''] = mount.split(':');
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
    for (const [, , rest] of variables) expect(rest).toBe(':?copy .env.example to .env and fill it in');
    const listed = [...read('.env.example').matchAll(/^(\w+)=$/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual([...new Set(variables.map(([, name]) => name))].sort());
  });

  it('gives Temporal the file without which its server ends', () => {
    const path = String(services['temporal']?.environment['DYNAMIC_CONFIG_FILE_PATH']);
    const mount = mounts.find(
      ({ service, target }) => service === 'temporal' && path.startsWith(`${target}/`),
    );
    expect(tracked).toContain(path.replace(mount?.target ?? '', mount?.source.slice(2) ?? ''));
  });

  it('has a configuration that worker and server can use, with the credentials that it names', () => {
    for (const service of ['worker', 'server']) {
      const environment = services[service]?.environment ?? {};
      const mount = mounts.find((one) => one.service === service && one.target === '/etc/longhaul');
      const file = `${root}${String(environment['LONGHAUL_CONFIG']).replace('/etc/longhaul', mount?.source ?? '')}`;
      const { connections } = loadConfig({ file, env: {} });
      const secrets = Object.values(connections).flatMap(({ apiKey, token }) => [apiKey ?? token]);
      for (const secret of secrets)
        expect(Object.keys(environment)).toContain(secret && 'env' in secret ? secret.env : '');
      expect(secrets).toHaveLength(1);
    }
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
