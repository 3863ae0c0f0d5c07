/** Installs Python clients, each in an environment of its own outside of the repository. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What an installation may take. */
const timeoutMs = 120_000;

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'longhaul/real-clients');

/**
 * The Python that has a client, at the version that is stated; or the reason why there is none. An environment that is
 * there already is taken as it is.
 */
export async function installClient({ name, requirement }) {
  const environment = join(cache, `${name}-${requirement.replaceAll(/[^\w.]+/g, '-')}`);
  const python = join(environment, 'bin/python');
  if (existsSync(join(environment, 'installed'))) return { python };
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const reason =
    problemOf('python3', ['-m', 'venv', environment]) ??
    problemOf(python, ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--timeout', '10', requirement]);
  if (reason !== undefined) return { reason };
  mkdirSync(join(environment, 'installed'));
  return { python };
}

/** Why a program did not do its work. */
function problemOf(program, args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: timeoutMs });
  if (status === 0) return undefined;
  const last = stderr?.trim().split('\n').at(-1);
  return `${program} ${args.join(' ')}: ${error?.message ?? (last || `exit code ${status}`)}`;
}
