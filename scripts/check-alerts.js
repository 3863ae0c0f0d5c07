/** Checks the alert rules and runs their tests with promtool, which is a part of Prometheus. `PROMTOOL` says where it is. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../deploy/prometheus/', import.meta.url));
const filesIn = (name) => readdirSync(`${folder}${name}`).map((file) => `${folder}${name}/${file}`);
const promtool = process.env.PROMTOOL ?? 'promtool';

for (const args of [
  ['check', 'rules', ...filesIn('rules')],
  ['test', 'rules', ...filesIn('tests')],
]) {
  const { status, error } = spawnSync(promtool, args, { stdio: 'inherit' });
  if (error?.code === 'ENOENT') {
    console.error(`There is no ${promtool}. It comes with Prometheus:
  Debian, Ubuntu   apt-get install prometheus
  without root     apt-get download prometheus && dpkg -x prometheus_*.deb prometheus
                   PROMTOOL=$PWD/prometheus/usr/bin/promtool npm run alerts:check
  elsewhere        https://prometheus.io/download/`);
    process.exit(2);
  }
  if (status !== 0) process.exit(status ?? 1);
}
