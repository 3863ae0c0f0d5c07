/** PostgreSQL for one measurement: its own folder and port, and gone after it. */
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startChild } from '../../dist/dev/child.js';
import { freePort } from '../../dist/dev/ports.js';

const run = promisify(execFile);
const readyWithinMs = 60_000;
const host = '127.0.0.1';

/** Starts one in a folder; everybody on this machine may connect as `temporal`. @throws Error where none is installed */
export async function startPostgres(folder) {
  const programs = programsFolder();
  const data = join(folder, 'postgres');
  const asUser = await unprivileged(folder, data);
  await asUser(run, join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'temporal', '-E', 'UTF8']);
  const port = await freePort();
  const settings = { listen_addresses: host, unix_socket_directories: '', max_connections: '200' };
  const child = await asUser(
    startChild,
    join(programs, 'postgres'),
    [
      ...['-D', data, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { orphan: 'guard' },
  );
  const sql = async (statement, database = 'postgres') => {
    const parameters = ['-h', host, '-p', String(port), '-U', 'temporal', '-d', database, '-Atc', statement];
    return (await run(join(programs, 'psql'), parameters)).stdout.trim();
  };
  await ready(sql, child);
  return {
    ...{ host, port, pid: child.pid, sql },
    stop: async () => {
      child.kill('SIGINT'); // at once, but in order
      await child.stop(10_000);
    },
  };
}

/** Debian keeps its programs by version. */
function programsFolder() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  if (versions.length === 0)
    throw new Error('there is no PostgreSQL: install it from Debian (apt-get install postgresql)');
  return join(root, versions[0], 'bin');
}

/** PostgreSQL refuses to run as root; then it runs as the user that Debian has made for it, who owns the folder. */
async function unprivileged(folder, data) {
  mkdirSync(data, { mode: 0o700 });
  if (process.getuid() !== 0) return (start, program, ...rest) => start(program, ...rest);
  const id = async (flag) => Number((await run('id', [flag, 'postgres'])).stdout);
  const [user, group] = [await id('-u'), await id('-g')];
  chmodSync(folder, 0o711);
  chownSync(data, user, group);
  const as = [`--reuid=${user}`, `--regid=${group}`, '--clear-groups'];
  return (start, program, parameters, ...rest) => start('setpriv', [...as, program, ...parameters], ...rest);
}

async function ready(sql, child) {
  let isUp = true;
  void child.ended.then(() => (isUp = false));
  for (const endMs = Date.now() + readyWithinMs; ; await delay(100))
    try {
      await sql('select 1');
      return;
    } catch (cause) {
      if (isUp && Date.now() < endMs) continue;
      throw new Error(`PostgreSQL does not start:\n${child.lastLines().join('\n')}`, { cause });
    }
}
