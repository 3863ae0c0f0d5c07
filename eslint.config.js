import temporal from 'eslint-plugin-temporal';
import tseslint from 'typescript-eslint';

const environment = {
  object: 'process',
  property: 'env',
  message: 'src/config.ts alone reads the environment.',
};

/** A worker loads the modules of its workflows once, for all runs. */
const moduleState = [
  'Program > VariableDeclaration[kind!="const"]',
  'Program > ExportNamedDeclaration > VariableDeclaration[kind!="const"]',
  'Program > VariableDeclaration > VariableDeclarator > NewExpression[callee.name=/^(Weak)?(Map|Set)$/]',
].map((selector) => ({ selector, message: 'What a module keeps would pass from one run to another.' }));

export default tseslint.config(
  { ignores: ['dist/', '.longhaul/', '.stryker-tmp/', 'examples/', 'eslint.config.js'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Dependencies are objects of functions, which know no `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allowNullish: true },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: false }],
      'max-lines-per-function': ['error', { max: 80, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    // temporal-cli.ts is also a program of its own, which may be run by hand.
    ignores: ['src/config.ts', 'src/dev/temporal-cli.ts'],
    rules: { 'no-restricted-properties': ['error', environment] },
  },
  {
    // What a run's bundle is made of.
    files: ['src/workflows/**/*.ts', 'src/run/**/*.ts', 'src/pipelines/**/*.ts', 'src/steps/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...moduleState] },
  },
  // Tables.
  {
    files: ['src/contract/**/*.ts', 'test/server/bad-input.ts', 'test/integration/access.test.ts'],
    rules: { 'max-lines': 'off' },
  },
  { files: ['test/**/*.ts'], rules: { 'max-lines-per-function': 'off' } },
  { ...temporal.configs.workflow, files: ['src/workflows/**/*.ts'] },
  {
    files: ['src/workflows/**/*.ts'],
    rules: {
      // Promises are judged by their types (@typescript-eslint/no-floating-promises); this one takes setHandler for one.
      'temporal/workflow-no-floating-promises': 'off',
      // Policies come in by name from policy.ts, which the rule does not follow.
      'temporal/workflow-require-activity-timeouts': 'off',
      // A mistake in workflow code must fail the task, which is retried after a fix, and not the run.
      'temporal/workflow-no-throw-raw-error': 'off',
      // These three take every exported function of the folder for a workflow.
      'temporal/workflow-prefer-single-object-args': 'off',
      'temporal/workflow-no-nonserializable-types-in-payloads': 'off',
      'temporal/workflow-require-explicit-payload-types': 'off',
      // The only unbounded condition drains handlers that have begun.
      'temporal/workflow-condition-timeout-style': 'off',
    },
  },
);
