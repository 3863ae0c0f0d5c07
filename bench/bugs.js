/**
 * The bug bench: plants one bug after the other in a copy of the built code, and shows which rule finds it with the
 * default seed. `npm run bugs` tries all, `npm run bugs -- no-settle 404-is-final` those that are named.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChaos } from '../dist/chaos/index.js';
import { findTemporalCli } from '../dist/dev/temporal-cli.js';
import { bugs } from './planted-bugs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const seed = 1;
/** Runs at once: so few that a step does not wait for a processor while its faults pass. */
const width = 16;

const named = process.argv.slice(2);
const unknown = named.filter((name) => !bugs.some((bug) => bug.name === name));
if (unknown.length > 0) {
  console.error(
    `there is no bug ${unknown.join(', ')}; there are ${bugs.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
const chosen = bugs.filter(({ name }) => named.length === 0 || named.includes(name));
const cliPath = await findTemporalCli({ env: process.env, say: console.error });

/** The installation once more, so that it can be broken. */
function copyInstallation() {
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-bug-'));
  for (const part of ['dist', 'scripts', 'examples', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Makes the replacements of a bug; a text that does not stand there exactly once is an error. */
function plant(folder, { name, edits, bundled }) {
  for (const [file, from, to] of edits) {
    const path = join(folder, 'dist', file);
    const text = readFileSync(path, 'utf8');
    const times = text.split(from).length - 1;
    if (times !== 1) throw new Error(`${name}: stands ${times} times in ${file}, not once: ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }
  if (bundled !== true) return;
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'scripts/bundle-workflows.js')]);
  if (status !== 0) throw new Error(`${name}: the workflows do not bundle: ${stderr}`);
}

/** The rules that a scenario finds broken, with workers of an installation. */
async function foundBy(folder, { scenario, runs }) {
  const judged = await runChaos({
    ...{ cliPath, env: process.env, seed, runs, width, only: [scenario], say: () => undefined },
    mainFile: join(folder, 'dist/cli/main.js'),
  });
  const violations = judged.flatMap((one) => one.violations);
  return { rules: [...new Set(violations.map(({ rule }) => rule))], first: violations[0]?.what ?? '' };
}

// A bench whose scenarios also fail without a bug finds nothing.
const trials = [...new Map(chosen.map((bug) => [`${bug.scenario} ${bug.runs}`, bug])).values()];
let isWell = true;
console.log(
  '| bug | scenario, seed, runs | found by | s | first violation |\n| --- | --- | --- | --- | --- |',
);
for (const bug of [
  ...trials.map(({ scenario, runs }) => ({ name: 'none', scenario, runs, edits: [] })),
  ...chosen,
]) {
  const folder = copyInstallation();
  const beganMs = Date.now();
  try {
    plant(folder, bug);
    const { rules, first } = await foundBy(folder, bug);
    const isAsMeant = rules.length > 0 === (bug.name !== 'none');
    isWell &&= isAsMeant;
    const what = rules.length === 0 ? 'nothing' : rules.join(', ');
    const seconds = ((Date.now() - beganMs) / 1_000).toFixed(0);
    console.log(
      `| ${bug.name} | ${bug.scenario}, ${seed}, ${bug.runs} | ${what}${isAsMeant ? '' : ' **wrong**'} | ${seconds} | ${first} |`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(isWell ? 0 : 1);
