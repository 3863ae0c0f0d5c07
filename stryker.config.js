/**
 * `npm run mutation`: changes one place after the other in the code that decides, and counts the changes that no test
 * notices: unit tests, and those of single modules on a Temporal server (`test/integration/effect`).
 *
 * `npm run mutation -- -m 'src/steps/**'` for one folder. Texts are not changed: most are messages for people, and a test
 * that repeats a sentence proves nothing. Constants of modules are not changed either (`ignoreStatic`).
 */
export default {
  testRunner: 'unit-tests',
  plugins: ['./scripts/mutation/runner.js'],
  coverageAnalysis: 'perTest',
  mutate: ['src/{run,steps,pipelines,platform,workflows/kernel,activities/effect}/**/*.ts'],
  mutator: { excludedMutations: ['StringLiteral'] },
  ignoreStatic: true,
  ignorePatterns: ['/dist', '/docs', '/bench', '/deploy', '/.longhaul'],
  concurrency: 2,
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 20,
  cleanTempDir: 'always',
  clearTextReporter: { logTests: false, reportTests: false, reportMutants: true, skipFull: true },
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: '.stryker-tmp/mutation.json' },
  thresholds: { high: 90, low: 85, break: 85 },
};
