/**
 * Adds to package-lock.json the optional packages of other platforms that the registry at hand does not have.
 *
 * npm leaves out of the lock what it cannot fetch, and then `npm ci` refuses the lock on every machine. An entry
 * by name, version and platform is enough: none of them is installed where it does not belong. Run it after
 * `npm install`.
 */
import { readFile, writeFile } from 'node:fs/promises';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(await readFile(file, 'utf8'));
const systems = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openharmony',
  'win32',
  'aix',
  'netbsd',
  'openbsd',
  'sunos',
];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'];

for (const { optionalDependencies = {}, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const words = name.split('-');
    const os = systems.filter((system) => words.some((word) => word.endsWith(system)));
    const cpu = processors.filter((processor) => words.includes(processor));
    if (`node_modules/${name}` in lock.packages || os.length + cpu.length === 0) continue;
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[\^~]/, ''),
      ...(cpu.length > 0 && { cpu }),
      ...(dev && { dev }),
      optional: true,
      ...(os.length > 0 && { os }),
    };
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
