/** Who may import whom: ARCHITECTURE.md, “Dependencies”. A file imports rightwards or downwards, never up. */

/** In these folders, nothing but what is listed. */
const only = (from, allowed, comment) => ({
  name: `only-${from.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '')}`,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
});

const npm = (...names) => `node_modules/(${names.join('|')})/`;
const node =
  '^(node:)?(async_hooks|child_process|crypto|dns|events|fs|http|https|module|net|os|path|process|readline|stream|string_decoder|timers|tty|url|util|zlib)(/promises)?$';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '^src/workflows/index' },
      to: {},
    },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    only('^src/contract', ['^src/contract', npm('zod')], 'the contract is data'),
    only(
      '^src/run/',
      ['^src/run/', '^src/contract', npm('zod', 'croner', 'fast-sha256')],
      'words and pure functions, no I/O',
    ),
    only(
      '^src/steps',
      ['^src/steps', '^src/run/', npm('@temporalio/common', 'zod')],
      'kinds of steps, pure and safe in the sandbox of workflows',
    ),
    only(
      '^src/pipelines',
      [
        '^src/pipelines',
        '^src/steps',
        '^src/run/',
        '^src/foreign-text/(credentials|masked)',
        npm('@marcbachmann/cel-js'),
      ],
      'steps in their order',
    ),
    {
      name: 'zod-at-the-door-only',
      comment: 'zod and croner stay out of the workflow bundle: these files alone may use them',
      severity: 'error',
      from: {
        path: '^src/(run|pipelines|steps)/',
        pathNot: [
          '^src/run/(inputs/(inputs|input-fields|retrain-input|build-environment-input)|schedules/(schedules|cron))\\.ts$',
          '^src/steps/spec\\.ts$',
          '^src/steps/[^/]+/spec\\.ts$',
        ],
      },
      to: {
        path: [
          npm('zod', 'croner'),
          '^src/run/(inputs/(inputs|input-fields|retrain-input|build-environment-input)|schedules/(schedules|cron))\\.ts$',
          '^src/steps/spec\\.ts$',
          '^src/steps/[^/]+/spec\\.ts$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    only(
      '^src/workflows',
      [
        '^src/workflows',
        '^src/(run|pipelines|steps)/',
        '^src/contract',
        npm('@temporalio/workflow', '@temporalio/common'),
      ],
      'deterministic code',
    ),
    {
      name: 'workflows-take-only-types-of-these',
      severity: 'error',
      from: { path: '^src/workflows' },
      to: {
        path: [
          '^src/contract',
          '^src/run/(inputs/(inputs|input-fields|build-environment-input)|schedules/(schedules|cron))\\.ts$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    only(
      '^src/platform',
      [
        '^src/platform',
        '^src/contract',
        '^src/egress',
        '^src/config/secrets',
        '^src/run/failures/(errors|failure-kind)',
        npm('got'),
        node,
      ],
      'HTTP only',
    ),
    {
      name: 'platform-wings-where-they-are-assembled',
      comment: 'what all platforms share knows none of them',
      severity: 'error',
      from: {
        path: '^src',
        pathNot: '^src/(platform/((domino|ubiops)/|wings\\.ts$)|activities/(domino|ubiops)/)',
      },
      to: { path: '^src/platform/(domino|ubiops)/' },
    },
    {
      name: 'contract-of-a-platform-in-its-wings',
      comment: 'everything else asks an endpoint by its name',
      severity: 'error',
      from: {
        path: '^src',
        pathNot:
          '^src/(contract/((domino|ubiops)/|contracts\\.ts$)|(platform|activities|simulator|chaos)/(domino|ubiops)/)',
      },
      to: { path: '^src/contract/(domino|ubiops)/' },
    },
    {
      name: 'kinds-of-a-platform-where-they-are-assembled',
      comment: 'generic code walks steps; built-in pipelines are made of kinds, as documents are',
      severity: 'error',
      from: {
        path: '^src',
        pathNot:
          '^src/(steps/((domino|ubiops)/|kinds\\.ts$|undoings\\.ts$|written-kinds\\.ts$)|pipelines/(train-and-deploy|retrain|training|build-environment)\\.ts$|documents/pipeline/kinds\\.ts$|activities/(domino|ubiops)/)',
      },
      to: { path: '^src/steps/(domino|ubiops)/' },
    },
    {
      name: 'wings-of-activities-where-they-are-assembled',
      comment: 'the runtime of effects, plans and replays know no platform',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/activities/((domino|ubiops)/|wings\\.ts$|rooms\\.ts$)' },
      to: { path: '^src/activities/(domino|ubiops)/' },
    },
    {
      name: 'simulated-wings-where-they-are-assembled',
      comment: 'server, ledger and faults know no platform',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/simulator/((domino|ubiops)/|index\\.ts$)' },
      to: { path: '^src/simulator/(domino|ubiops)/' },
    },
    {
      name: 'platform-contract-in-its-wing',
      severity: 'error',
      from: { path: '^src/(platform|simulator)/[^/]+$' },
      to: { path: '^src/contract/(?!(endpoint|bytes|paging|file-part|placeholders)\\.ts$)' },
    },
    only(
      '^src/egress',
      ['^src/egress', npm('agent-base', 'got', 'https-proxy-agent', 'proxy-from-env'), node],
      'how requests leave this machine',
    ),
    only('^src/documents/[^/]+$', ['^src/documents/[^/]+$', npm('yaml'), node], 'what people write'),
    only(
      '^src/documents/pipeline',
      [
        '^src/documents',
        '^src/contract',
        '^src/foreign-text',
        '^src/(run|pipelines|steps)/',
        npm('zod', '@marcbachmann/cel-js'),
      ],
      'pipelines that people write: read and checked, never run',
    ),
    only(
      '^src/activities',
      [
        '^src/activities',
        '^src/platform',
        '^src/contract',
        '^src/(run|pipelines|steps)/',
        '^src/(probes|services)',
        '^src/webhooks/(approval-link|json-pointer|payload|send)',
        '^src/client/(ask-worker|attempts|child-run-id|cleanups|door|executions|grpc-failure|histories/history|markers|read-start|starting|updating)',
        '^src/client/(replays/replays|runs/(cancelling|list))',
        npm('@temporalio/activity', '@temporalio/client', '@temporalio/common', 'fflate'),
        node,
      ],
      'effects',
    ),
    only(
      '^src/simulator',
      ['^src/simulator', '^src/contract', '^src/documents', npm('fastify', 'zod'), node],
      'it must not share the client’s mistakes',
    ),
    only(
      '^src/client',
      [
        '^src/client',
        '^src/encryption',
        '^src/(run|pipelines|steps)/',
        npm('@temporalio/client', '@temporalio/common', '@temporalio/proto', 'diff', 'zod'),
        node,
      ],
      'the client',
    ),
    only(
      '^src/archive',
      ['^src/archive', '^src/client', '^src/egress', '^src/run/', npm('aws4fetch', 'got', 'zod'), node],
      'runs kept beyond retention, in folders and S3',
    ),
    only(
      '^src/encryption',
      [
        '^src/encryption',
        '^src/run/failures/(errors|failure-kind)',
        npm('@temporalio/client', '@temporalio/common', '@temporalio/proto'),
        node,
      ],
      'what Temporal stores, encrypted',
    ),
    only(
      '^src/http-client',
      ['^src/http-client', '^src/run/(failures/errors|inputs/(inputs|preflight)|replays/replays|steps)'],
      'the client over HTTP runs with fetch alone, also where Longhaul is not installed',
    ),
    {
      name: 'http-client-takes-only-types',
      severity: 'error',
      from: { path: '^src/http-client' },
      to: { path: '^src/run/', dependencyTypesNot: ['type-only'] },
    },
    only('^src/foreign-text', ['^src/foreign-text', node], 'pure functions over text of others'),
    only(
      '^src/observability',
      [
        '^src/observability',
        '^src/(config|egress)',
        '^src/run/run-meters',
        npm('pino', 'prom-client', 'got', '@opentelemetry', '@temporalio'),
        node,
      ],
      'logs and metrics',
    ),
    only(
      '^src/access',
      [
        '^src/access',
        '^src/egress',
        '^src/run/(failures/(errors|failure-kind)|approvals/people)',
        '^src/config',
        npm('jose', 'zod'),
        node,
      ],
      'who may do what',
    ),
    {
      name: 'access-takes-only-types-of-the-configuration',
      severity: 'error',
      from: { path: '^src/access' },
      to: { path: '^src/config', dependencyTypesNot: ['type-only'] },
    },
    only(
      '^src/audit',
      ['^src/audit', '^src/run/failures/(errors|failure-kind)', npm('zod'), node],
      'who did what',
    ),
    only(
      '^src/dev',
      ['^src/dev', '^src/egress', '^src/run/search-attributes', npm('got', '@temporalio/client'), node],
      'Temporal for development and tests',
    ),
    only(
      '^src/chaos',
      [
        '^src/chaos',
        '^src/simulator/index',
        '^src/contract',
        '^src/client',
        '^src/dev',
        '^src/documents/pipeline/check',
        '^src/(run|pipelines|steps)/',
        npm('@temporalio/client', '@temporalio/common', 'zod'),
        node,
      ],
      'what disturbs and judges runs knows them from outside',
    ),
    only(
      '^src/webhooks',
      [
        '^src/webhooks',
        '^src/(run|pipelines|steps)/',
        '^src/config',
        '^src/client/door',
        '^src/egress',
        npm('got', 'ipaddr.js', 'standardwebhooks', 'zod'),
        node,
      ],
      'events from and to other services',
    ),
    only(
      '^src/probes',
      [
        '^src/probes',
        '^src/webhooks/(addresses|json-pointer)',
        '^src/egress',
        '^src/(run|pipelines|steps)/',
        npm('got'),
        node,
      ],
      'questions to other services',
    ),
    only(
      '^src/services',
      [
        '^src/services',
        '^src/webhooks/addresses',
        '^src/egress',
        '^src/platform/(classify|transport)',
        '^src/run/(failures/(errors|failure-kind)|documents/requests)',
        npm('got'),
        node,
      ],
      'requests to other services',
    ),
    only(
      '^src/server',
      [
        '^src/server',
        '^src/webhooks/(approval-link|approval-token|incoming|event-age|event-input|secrets)',
        '^src/access',
        '^src/audit',
        '^src/client',
        '^src/config',
        '^src/documents/pipeline',
        '^src/encryption',
        '^src/(run|pipelines|steps)/',
        '^src/observability/(logger|metrics|registry|open-tracing|tracing)',
        '^src/foreign-text',
        npm(
          'fastify',
          '@fastify/swagger',
          '@fastify/swagger-ui',
          'fastify-type-provider-zod',
          'prom-client',
          'zod',
        ),
        '^src/(platform|contract)',
        node,
      ],
      'the HTTP API',
    ),
    {
      name: 'server-reads-platforms-in-one-place',
      comment: 'health and logs; everything else goes through Temporal',
      severity: 'error',
      from: { path: '^src/server', pathNot: '^src/server/connections/(platforms|asking)\\.ts$' },
      to: { path: '^src/(platform|contract)' },
    },
    {
      name: 'cli-starts-processes',
      comment:
        'one command is a worker, one a simulator, one probes a platform, one calls it, one replays; the others go through the client',
      severity: 'error',
      from: {
        path: '^src/cli',
        pathNot: '^src/cli/((process/worker|process/simulator|config-check|history/check)\\.ts$|call/)',
      },
      to: { path: '^src/(worker|simulator|platform|activities|workflows|contract)' },
    },
    {
      name: 'roots-are-not-imported',
      severity: 'error',
      from: { path: '^src/(?!cli/|server/)' },
      to: { path: '^src/(cli/|server/|worker\\.ts$)' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
