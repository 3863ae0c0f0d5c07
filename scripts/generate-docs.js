/**
 * Writes docs/reference from the tables in the code, and the programs into docs/triggering.md; with --check, says
 * which page is stale and exits 1.
 *
 * It reads what `npm run build` has compiled.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';
import { loadConfig, settingRows } from '../dist/config.js';
import { join } from 'node:path';
import { z } from 'zod';
import { contracts } from '../dist/contract/contracts.js';
import { domino } from '../dist/contract/domino/index.js';
import { walk } from '../dist/contract/endpoint.js';
import { editorSchema } from '../dist/documents/pipeline/document-schema.js';
import { failureKinds } from '../dist/run/failures/errors.js';
import { serverMetrics, workerMetrics } from '../dist/observability/metrics.js';
import { inputSchemaOf, pipelineInputs } from '../dist/run/inputs/inputs.js';
import { sayKind } from '../dist/run/output-kinds.js';
import { pipelines } from '../dist/pipelines/built-in.js';
import { scheduleSchema } from '../dist/run/schedules/schedules.js';
import { exitCodes } from '../dist/cli/exit-codes.js';
import { packageVersion } from '../dist/cli/version.js';
import { createApiServer } from '../dist/server/index.js';
import { withIncludes } from './includes.js';

const folder = new URL('../docs/reference/', import.meta.url);
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
const page = (title, source, ...parts) =>
  [`# ${title}`, `Generated from \`${source}\` by \`npm run docs\`.`, ...parts].join('\n\n') + '\n';
const code = (text) => (text === '' ? '' : `\`${text}\``);

const foundBy = ({ replay, found }) => {
  if (replay !== 'creates') return '';
  if (found === 'none') return 'not';
  return 'named' in found ? `by its name in ${code(found.get)}` : `by ${code(found.by)} in ${code(found.in)}`;
};

/** The document and the heading in it, of `document.md#heading`. */
const headingOf = (source) => {
  const [document, heading = ''] = source.split(/#(.*)/s);
  return [document, heading];
};

const only = ({ dialects }) => (dialects === undefined ? '' : ` (\`${dialects.join('`, `')}\` only)`);

const endpointsOf = ([platform, contract]) => [
  `## ${platform}`,
  table(
    ['name', 'request', 'replay', 'found again', 'what it does', 'document', 'heading'],
    walk(contract).map(({ group, name, endpoint }) => [
      code(`${group}.${name}`),
      code(`${endpoint.method} ${endpoint.path}`),
      endpoint.replay,
      foundBy(endpoint),
      `${endpoint.summary}${only(endpoint)}${endpoint.secret === true ? ' Deals in secrets.' : ''}`,
      ...headingOf(endpoint.source),
    ]),
  ),
];
const failures = Object.entries(failureKinds).map(([name, { meaning, retry, operator, exit, status }]) => [
  code(name),
  meaning,
  retry,
  operator,
  exitCodes[exit],
  status ?? '',
]);
const settings = settingRows().map(({ key, env, standard, description }) => [
  code(key),
  code(env),
  code(standard),
  description,
]);
const inputs = Object.keys(pipelineInputs).map((name) => [
  `${name}.input.schema.json`,
  `${JSON.stringify(inputSchemaOf(name), null, 2)}\n`,
]);
const steps = Object.entries(pipelines).map(([name, { workflow, overlap, steps: outputs }]) =>
  [
    `## ${name}`,
    `Temporal workflow type \`${workflow}\`; input: [${name}.input.schema.json](${name}.input.schema.json). Schedules that state no overlap policy: \`${overlap}\`.`,
    table(
      ['step', 'what an output supplied by `resolve --skip` must hold'],
      Object.entries(outputs).map(([step, { holds }]) => [
        code(step),
        Object.entries(holds)
          .map(([key, kind]) => `${code(key)} (${sayKind(kind)})`)
          .join(', '),
      ]),
    ),
  ].join('\n\n'),
);

const { badInput, behaviours } = await importTable('../test/server/bad-input.ts');
const errorAnswers = badInput.map(({ title, rows }) =>
  [
    `## ${title}`,
    table(
      ['attack', 'request', 'status', 'code', 'where, and what it says'],
      rows.map(({ attack, request, answer: { status, code: problem = '', pointer = '', detail = '' } }) => [
        attack,
        code(requestLine(request)),
        status,
        code(problem),
        [code(pointer), detail && `“${detail}”`].filter(Boolean).join(' '),
      ]),
    ),
  ].join('\n\n'),
);

/** A table of the tests, which are not compiled; it imports nothing. */
async function importTable(path) {
  const { code: script } = await transformFile(fileURLToPath(new URL(path, import.meta.url)), {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'es6' },
  });
  return import(`data:text/javascript,${encodeURIComponent(script)}`);
}

function requestLine({ method, path, raw }) {
  const line = raw === undefined ? `${method} ${path}` : raw.split('\r\n', 1)[0].replace(/[^ -~]+/g, '…');
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

const metricRows = (metrics) =>
  table(
    ['metric', 'kind', 'labels', 'over processes', 'what it tells'],
    Object.entries(metrics).map(([name, { kind, labels, over, help }]) => [
      code(name),
      kind,
      labels.map(code).join(', '),
      code(over),
      help,
    ]),
  );

const pages = new Map([
  [
    'endpoints.md',
    page(
      'Endpoints',
      'src/contract',
      '`replay` says what a second delivery of the request does: nothing (`safe`), the same again (`idempotent`), or another object (`creates`). `found again` says by which field of the request, in which list of the same group, what it created is found after its answer was lost. A step of kind `call` sends what creates and is not found again once, refuses what deals in secrets, and names the endpoint with its platform: `domino.environments.list`. `test/contract/coverage.test.ts` proves that every operation of the documents is here, and that the simulator has a route for it.',
      ...Object.entries(contracts).flatMap(endpointsOf),
    ),
  ],
  ['openapi-agreement.md', await openApiAgreement()],
  [
    'errors.md',
    page(
      'Failures',
      'src/run/failures/failure-kinds.ts',
      '`retry`: `backoff` and `after` are tried again; `patience` for some minutes, then it parks the step; `operator` parks it at once; `never` fails the run. `exit`: the exit code of a command that fails for this reason; one that says how a run ended has its own (`longhaul --help`). `HTTP`: the status of an answer with this code; none where only runs or commands have it.',
      table(['code', 'meaning', 'retry', 'what the operator does', 'exit', 'HTTP'], failures),
    ),
  ],
  [
    'settings.md',
    page(
      'Settings',
      'src/config.ts',
      table(['key of longhaul.yaml', 'variable', 'default', 'meaning'], settings),
    ),
  ],
  [
    'http-errors.md',
    page(
      'What the HTTP API answers to bad input',
      'test/server/bad-input.ts',
      'Each row is sent to a real server by `test/integration/bad-input.test.ts`. Every error is `application/problem+json` (RFC 9457) with a `code` of [errors.md](errors.md), a `detail`, the `requestId`, and, for fields that do not fit, `fields` with a JSON Pointer each: `/headers/…`, `/path/…` and `/query/…`, else into the body. 401 carries `WWW-Authenticate`, 503 `Retry-After`.',
      Object.values(behaviours)
        .map((sentence) => `- ${sentence}`)
        .join('\n'),
      ...errorAnswers,
    ),
  ],
  [
    'metrics.md',
    page(
      'Metrics',
      'src/observability/metrics.ts',
      '`over processes` says how the samples of several processes become one figure. `sum`: each process counts what it did itself. `max` and `min`: each process tells the same of all of them, so a sum would count it several times. A histogram is three series: `_bucket`, `_sum` and `_count`.',
      '## Of workers',
      'At `worker.metricsAddress`, beside the metrics of Temporal’s SDK (`temporal_…`).',
      metricRows(workerMetrics),
      '## Of servers',
      'At `/metrics`, beside those of the process (`process_…`, `nodejs_…`). What begins with “Fleet:” is counted by Temporal, at most every 15 seconds.',
      metricRows(serverMetrics),
    ),
  ],
  ['pipelines.md', page('Pipelines', 'src/pipelines/built-in.ts', ...steps)],
  ...inputs,
  ['pipeline.schema.json', `${JSON.stringify(editorSchema(), null, 2)}\n`],
  ['schedule.schema.json', `${JSON.stringify(scheduleSchema(), null, 2)}\n`],
]);

pages.set('openapi.json', `${JSON.stringify(await openApi(), null, 2)}\n`);
const triggering = new URL('../triggering.md', folder);
pages.set('../triggering.md', await withIncludes(await readFile(triggering, 'utf8'), triggering));

const check = process.argv.includes('--check');
await mkdir(folder, { recursive: true });
for (const [name, text] of pages) {
  const file = new URL(name, folder);
  if (!check) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${join('docs/reference', name)} is stale: run \`npm run docs\``);
    process.exitCode = 1;
  }
}

/** Which endpoints of Domino the vendor's OpenAPI files know, and where the contract is not what they say. */
async function openApiAgreement() {
  const { disagreements, factsOf } = await importTable('../test/contract/openapi-agreement.ts');
  const { openApiExceptions } = await importTable('../test/contract/openapi-exceptions.ts');
  const facts = JSON.parse(
    await readFile(new URL('../test/contract/openapi-facts.json', import.meta.url), 'utf8'),
  );
  const jsonSchema = (schema) => schema && z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const rows = walk(domino).map(({ group, name, endpoint: { method, path, ...endpoint } }) => {
    const [query, response] = [endpoint.query, endpoint.response].map(jsonSchema);
    const body = endpoint.bodyEncoding === 'bytes' ? undefined : jsonSchema(endpoint.body);
    const found = disagreements(facts, { method, path, query, body, response });
    const numbers = openApiExceptions.flatMap(({ endpoints, places }, index) => {
      const isFor = endpoints === undefined || endpoints.includes(`${group}.${name}`);
      return isFor && places.some((place) => found.some((words) => words.startsWith(`${place}:`)))
        ? [index + 1]
        : [];
    });
    const known = factsOf(facts, { method, path });
    const agreement = numbers.length === 0 ? 'agrees' : `agrees but for ${numbers.join(', ')}`;
    return [
      code(`${group}.${name}`),
      code(`${method} ${path}`),
      known === undefined ? '' : known.of,
      known === undefined ? `known only by ${endpoint.source.split('#', 1)[0]}` : agreement,
    ];
  });
  const count = rows.filter(([, , of]) => of !== '').length;
  return page(
    'Domino’s contract and its OpenAPI files',
    'src/contract/domino and test/contract/openapi-facts.json',
    `Of ${rows.length} endpoints of the contract, the vendor’s OpenAPI files (public API 6.3.0, and \`/v4\`) know ${count}. Fields, types, what is required and what is enumerated agree, but for the exceptions below (\`test/contract/openapi.test.ts\`), and so does what the simulator answers to a request of each endpoint (\`test/contract/answers.test.ts\`). For the others the shape of the document is the truth.`,
    '## Exceptions',
    openApiExceptions
      .map(({ places, reason }, index) => `${index + 1}. ${places.map(code).join(', ')}: ${reason}`)
      .join('\n'),
    '## Endpoints',
    table(['name', 'request', 'file', 'agreement'], rows),
  );
}

/** What a server with every setting left as it is answers at /openapi.json. */
async function openApi() {
  const stop = new AbortController();
  const app = await createApiServer(loadConfig({ env: { LONGHAUL_CONFIG: '/dev/null' } }), {
    version: packageVersion(),
    stop: stop.signal,
  });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}
