/**
 * `npm run mutation`: changes one place after the other in the code that decides, and counts the changes that no unit test
 * notices. What runs on a real Temporal server alone is left to `npm run bugs`.
 */
export default {
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  coverageAnalysis: 'perTest',
  jest: { configFile: 'jest.mutation.config.js' },
  mutate: ['src/{run,steps,pipelines,platform}/**/*.ts'],
  ignoreStatic: true,
  concurrency: 2,
  clearTextReporter: { logTests: false, reportTests: false },
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: '.stryker-tmp/mutation.json' },
  thresholds: { high: 90, low: 85, break: 85 },
};
