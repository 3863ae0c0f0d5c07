/**
 * Packs the client over HTTP by itself, as `longhaul-client-<version>.tgz`: a package without dependencies, for
 * services that do not want Temporal with it. `node scripts/pack-client.js [FOLDER]` puts it there, else into dist.
 *
 * It holds what `npm run build` has compiled. The types of the inputs are the one file that is written anew, from
 * the published schemas: those of the source are zod's.
 */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inputSchemaOf, pipelineInputs } from '../dist/run/inputs/inputs.js';
import { inputTypes } from './input-types.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, 'dist'));
const target = await mkdtemp(join(tmpdir(), 'longhaul-client-'));
const { version, license, engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const entry = 'http-client';
const generated = 'run/inputs/inputs.d.ts';

/** The files that a compiled file imports, by their path in dist; a package is none of them and is refused. */
const importsOf = (text, from) =>
  [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'/gms)].map(([, name]) => {
    if (!name.startsWith('.')) throw new Error(`${from} imports ${name}: the client has no dependencies`);
    return join(dirname(from), name);
  });

/** Copies what can be reached by imports from one file. */
async function copyReached(file, ending, done = new Set()) {
  const from = file.replace(/\.js$/, ending);
  if (done.has(from) || from === generated) return;
  done.add(from);
  await mkdir(dirname(join(target, from)), { recursive: true });
  await copyFile(join(root, 'dist', from), join(target, from));
  for (const next of importsOf(await readFile(join(target, from), 'utf8'), from))
    await copyReached(next, ending, done);
}

await copyReached(`${entry}.js`, '.js');
await copyReached(`${entry}.js`, '.d.ts');
const schemas = Object.keys(pipelineInputs).map((name) => [name, inputSchemaOf(name)]);
await writeFile(join(target, generated), inputTypes(Object.fromEntries(schemas)));
await writeFile(
  join(target, 'package.json'),
  `${JSON.stringify(
    {
      name: 'longhaul-client',
      version,
      description: 'Starts Longhaul pipelines over HTTP, follows and steers them. Needs nothing but fetch.',
      license,
      type: 'module',
      engines,
      exports: { '.': { types: `./${entry}.d.ts`, default: `./${entry}.js` } },
      dependencies: {},
    },
    null,
    2,
  )}\n`,
);
await writeFile(
  join(target, 'README.md'),
  '# longhaul-client\n\nStarts Longhaul pipelines over HTTP, follows and steers them. What it can do is in `http-client/api.d.ts`.\n',
);
const options = ['--json', '--ignore-scripts', '--pack-destination', folder];
const packed = execFileSync('npm', ['pack', ...options], { cwd: target, encoding: 'utf8' });
console.log(join(folder, JSON.parse(packed)[0].filename));
await rm(target, { recursive: true });
