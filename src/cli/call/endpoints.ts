/** The endpoints that can be called: all of them in a list, and what one of them takes. */
import { type PlatformEndpoint, contracts, endpointNamed, endpointNames } from '../../contract/contracts.js';
import { readerOf } from '../../contract/endpoint.js';
import { pagingOf } from '../../contract/paging.js';
import { takesFile } from '../../contract/uploads.js';
import { nearest } from '../../documents/pipeline/words.js';
import type { Cli } from '../cli.js';
import { type Stop, usage } from '../stop.js';
import { fittedTableLines, foldLine, lineWidth, wrapProse } from '../terminal/table.js';
import { dialectsOf, onlyIn } from './dialects.js';
import { type Parameter, parametersFor } from './types.js';

/** An endpoint by its name. @throws Stop naming those that are probably meant */
export function requireEndpoint(text: string): PlatformEndpoint {
  const named = endpointNamed(text);
  if (named === null) throw unknown(text);
  return named;
}

function unknown(text: string): Stop {
  const names = endpointNames(null);
  const last = text.slice(text.lastIndexOf('.') + 1).toLowerCase();
  const meant = [
    nearest(text, names),
    ...names.filter((name) => name.endsWith(`.${text}`)),
    ...names.filter((name) => last !== '' && name.toLowerCase().includes(last)),
  ].filter((name) => name !== null);
  const few = [...new Set(meant)].slice(0, 5);
  const known =
    few.length > 0
      ? `did you mean ${few.join(', ')}?`
      : `the platforms are ${Object.keys(contracts).join(', ')}`;
  return usage(`there is no endpoint "${text}": ${known}`, '`longhaul call --list` names them all.');
}

/** `domino.datasets.list` */
export const nameOf = ({ platform, group, name }: PlatformEndpoint): string => `${platform}.${group}.${name}`;

const requestOf = ({ endpoint: { method, path } }: PlatformEndpoint): string => `${method} ${path}`;

const rowOf = (named: PlatformEndpoint) => ({
  ...{ endpoint: nameOf(named), request: requestOf(named), replay: named.endpoint.replay },
  ...{ summary: named.endpoint.summary, source: named.endpoint.source, dialects: dialectsOf(named) },
});

/** Writes those in whose name, request, summary, source or one dialect all the texts are. */
export function listEndpoints({ format, terminal }: Cli, texts: readonly string[]): void {
  const sought = texts.map((text) => text.toLowerCase());
  const found = endpointNames(null)
    .map((name) => requireEndpoint(name))
    .filter((named) => {
      const { dialects: _, ...row } = rowOf(named);
      const said = [...Object.values(row), onlyIn(named)].join('\n').toLowerCase();
      return sought.every((text) => said.includes(text));
    });
  const rows = found.map(rowOf);
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format === 'jsonl') for (const row of rows) terminal.result(JSON.stringify(row));
  if (format === 'ids') for (const { endpoint } of rows) terminal.result(endpoint);
  if (format !== 'text') return;
  for (const named of found) {
    const name = [nameOf(named), onlyIn(named)].filter(Boolean).join('  ');
    for (const line of [name, ...indented(requestOf(named)), ...indented(named.endpoint.summary)])
      terminal.result(line);
  }
  const all = texts.map((text) => `"${text}"`).join(' and ');
  if (rows.length === 0) terminal.say(`No endpoint has ${all} in its name, request, summary or source.`);
  else terminal.say(`next: longhaul call ${rows[0]?.endpoint ?? ''} --help`);
}

const indented = (text: string): string[] => wrapProse(text, lineWidth - 2).map((line) => `  ${line}`);

/** Writes what an endpoint takes, what it does, where that is documented, and an example. */
export function describeEndpoint({ format, terminal }: Cli, named: PlatformEndpoint): void {
  const { endpoint } = named;
  const parameters = parametersFor(endpoint);
  const example = exampleOf(named, parameters);
  if (format === 'json' || format === 'jsonl') {
    const { summary, source, replay } = endpoint;
    const facts = {
      ...{ endpoint: nameOf(named), request: requestOf(named), summary, source, replay },
      dialects: dialectsOf(named),
    };
    terminal.result(JSON.stringify({ ...facts, parameters, example }, null, format === 'json' ? 2 : 0));
    return;
  }
  const lines = [
    nameOf(named),
    ...indented(requestOf(named)),
    ...indented(endpoint.summary),
    ...factsOf(named).map(([label, said]) => `  ${label.padEnd(9)}${said}`),
    ...parameterLines(parameters),
    '',
    'Example:',
    `  ${example}`,
  ];
  for (const line of lines.flatMap((each) => foldLine(each, lineWidth))) terminal.result(line);
}

function factsOf(named: PlatformEndpoint): [string, string][] {
  const { group, platform, endpoint } = named;
  const { source, replay, found, encoding = 'json', secret } = endpoint;
  const paging = pagingOf(endpoint);
  const again = {
    safe: 'it changes nothing',
    idempotent: 'a second call does the same again',
    creates: 'a second call creates another one',
  } as const;
  return [
    ['source', source],
    ['dialect', onlyIn(named) || dialectsOf(named).join(', ')],
    ['replay', `${replay}: ${again[replay]}`],
    ...(typeof found === 'object'
      ? [
          [
            'found',
            `${'named' in found ? 'by name' : `by ${found.by}`} in ${platform}.${group}.${readerOf(found)}`,
          ] as [string, string],
        ]
      : []),
    ...(paging === null
      ? []
      : [
          ['list', paging.by === 'none' ? 'in one page' : `by ${paging.by}; --all reads every page`] as [
            string,
            string,
          ],
        ]),
    ...(takesFile(endpoint) ? [['upload', 'a file: --file PATH'] as [string, string]] : []),
    ...(encoding === 'json'
      ? []
      : [
          ['answer', encoding === 'none' ? 'none' : `${encoding}: --output PATH keeps it`] as [
            string,
            string,
          ],
        ]),
    ...(secret === true ? [['secret', 'its answer is shown with --show-secret'] as [string, string]] : []),
  ];
}

function parameterLines(parameters: readonly Parameter[]): string[] {
  if (parameters.length === 0) return ['', 'It takes no parameters.'];
  const rows = parameters.map(({ name, place, type, isRequired, description }) => [
    name,
    place,
    type,
    [isRequired ? 'required' : '', description].filter(Boolean).join(': '),
  ]);
  return [
    '',
    ...fittedTableLines(['PARAMETER', 'IN', 'TYPE', 'NOTE'], rows, lineWidth - 2).map((line) => `  ${line}`),
  ];
}

/** With every parameter that must be there; of one that needs none, with its first. */
function exampleOf(named: PlatformEndpoint, parameters: readonly Parameter[]): string {
  const { endpoint, platform } = named;
  const needed = parameters.filter(({ isRequired }) => isRequired);
  const shown = needed.length > 0 ? needed : parameters.slice(0, 1);
  return [
    `longhaul call ${nameOf(named)} --connection ${platform}-prod`,
    ...shown.filter(({ type }) => type !== 'file').map(({ name, type }) => `-p ${name}=${sampleOf(type)}`),
    ...(takesFile(endpoint) ? ['--file FILE'] : []),
    ...(endpoint.encoding === 'bytes' ? ['--output FILE'] : []),
  ].join(' ');
}

function sampleOf(type: string): string {
  if (type === 'whole number' || type === 'number') return '10';
  if (type.includes('|')) return type.split('|', 1)[0] ?? '';
  if (type === 'object' || type.startsWith('list of object') || type === 'JSON') return '@FILE';
  return 'TEXT';
}
