/**
 * `npm run real-clients`: runs the platforms' own clients, unchanged, against a simulator, and prints which of their
 * members work. Each client is a folder beside this file.
 *
 *   npm run real-clients                 all clients
 *   npm run real-clients -- domino       one of them
 *   npm run real-clients -- domino -o json
 *
 * Exit code 1 when a member does not work, and 3 when a client cannot be installed.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSimulator } from '../../dist/simulator/index.js';
import { installClient } from './install.js';

/** What a program of a client gets to end. */
const timeoutMs = 300_000;

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** Runs the program of a client; what it says about each member. */
async function tryMembers({ name, simulator: options }, python) {
  const simulator = await createSimulator(options);
  const child = spawn(python, [`${folder}${name}/members.py`], {
    env: {
      PATH: process.env.PATH,
      PYTHONDONTWRITEBYTECODE: '1',
      SIMULATOR_URL: simulator.url,
      SIMULATOR_KEY: simulator.apiKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  const members = [];
  let errors = '';
  child.stderr.on('data', (bytes) => (errors = (errors + bytes).slice(-4_000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{"member"')) members.push(JSON.parse(line));
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await simulator.close();
  if (code !== 0) throw new Error(`the program of ${name} ended with ${code}:\n${errors}`);
  return members;
}

/** A line per member, and the figure. */
function table(client, members) {
  const width = Math.max(...members.map(({ member }) => member.length));
  const lines = members.map(({ member, works, why }) =>
    [works ? 'works' : 'FAILS', member.padEnd(width), why].join('  ').trimEnd(),
  );
  const working = members.filter(({ works }) => works).length;
  return [...lines, '', `${client.title}: ${working} of ${members.length} public members work`].join('\n');
}

async function main() {
  const args = process.argv.slice(2);
  const isJson = args.join(' ').includes('-o json');
  const wanted = args.filter((arg) => names.includes(arg));
  const unknown = args.filter((arg) => !names.includes(arg) && !['-o', 'json'].includes(arg));
  if (unknown.length > 0)
    throw new Error(`there is no client ${unknown.join(', ')}, only ${names.join(', ')}`);
  const results = [];
  for (const name of wanted.length > 0 ? wanted : names) {
    const { default: stated } = await import(`./${name}/client.js`);
    const client = { name, ...stated };
    const installed = await installClient(client);
    if (installed.python === undefined) {
      console.error(`${client.title} is skipped: ${installed.reason}`);
      process.exitCode = 3;
      continue;
    }
    const members = await tryMembers(client, installed.python);
    results.push({ client: client.title, members });
    if (!isJson) console.log(table(client, members));
    if (!members.every(({ works }) => works)) process.exitCode = 1;
  }
  if (isJson) console.log(JSON.stringify(results));
}

await main();
