/** Runs Stryker, beside one Temporal server for the tests that ask Temporal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import start from '../../test/integration/start-temporal.js';
import stop from '../../test/integration/stop-temporal.js';

const main = import.meta.resolve('@stryker-mutator/core'); // dist/src/index.js of the package
const stryker = fileURLToPath(new URL('../../bin/stryker.js', main));

await start();
const run = spawn(process.execPath, [stryker, 'run', ...process.argv.slice(2)], { stdio: 'inherit' });
const [code] = await once(run, 'exit');
await stop();
process.exitCode = code ?? 1;
