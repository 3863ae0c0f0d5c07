/** The worker of the bare workflow, as a process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { startWorker } from './stage.js';

const worker = fileURLToPath(new URL('bare/worker.js', import.meta.url));
const workflowsPath = fileURLToPath(new URL('bare/workflows.js', import.meta.url));

/** Starts it; its workflows are bundled beforehand. */
export async function startBare(simulator, temporal) {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  try {
    const codePath = join(folder, 'bundle.js');
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await writeFile(codePath, code);
    return await startWorker([worker], {
      KEY: simulator.apiKey,
      PLATFORM_URL: simulator.url,
      TEMPORAL_ADDRESS: temporal.address,
      WORKFLOW_BUNDLE: codePath,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
