/**
 * Bundles the compiled workflows into dist/workflow-bundle.js, which every worker loads.
 *
 * It runs after `tsc`, as part of `npm run build`: a worker never bundles at start, so that what was tested
 * is what runs.
 */
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = new URL('../dist/', import.meta.url);
const silent = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };

const workflowsPath = fileURLToPath(new URL('workflows/index.js', dist));

const { code } = await bundleWorkflowCode({
  workflowsPath,
  // Loaded once for all runs of a worker, and frozen, instead of once per run: our modules keep no state.
  preloadModules: [workflowsPath],
  workflowInterceptorModules: [fileURLToPath(new URL('workflows/tracing.js', dist))],
  // Stack traces name files and lines of the source; its text would be half of the bundle.
  // It names them as seen from here: where this was built is nobody's business.
  webpackConfigHook: (config) => ({
    ...config,
    devtool: 'inline-nosources-source-map',
    output: {
      ...config.output,
      devtoolModuleFilenameTemplate: ({ absoluteResourcePath }) =>
        relative(root, absoluteResourcePath).replaceAll(root, ''), // also within the name of an ignored module
    },
  }),
  logger: silent,
});
await writeFile(new URL('workflow-bundle.js', dist), code);
