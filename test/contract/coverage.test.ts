/**
 * Every operation of the documents: the contract of its platform has it, and a running simulator has a route for it, in
 * each dialect. A platform is asked for once it has a contract.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contracts } from '../../src/contract/contracts.js';
import { walk } from '../../src/contract/endpoint.js';
import { type Simulator, type SimulatorOptions, createSimulator } from '../../src/simulator/index.js';
import { sdkOperations } from './sdk-operations.js';

/** The platform of each document. */
const platformOf: Readonly<Record<string, string>> = {
  environments: 'domino',
  'rest-reference': 'domino',
  'python-domino': 'domino',
  'legacy-v1': 'domino',
  ubiops: 'ubiops',
};

/** How each platform is simulated: once for each of its dialects. */
const simulators: Readonly<Record<string, readonly SimulatorOptions[]>> = {
  domino: [{ dialect: 'v6' }, { dialect: 'reference' }],
  ubiops: [
    { platform: 'ubiops', dialect: 'v2.1' },
    { platform: 'ubiops', dialect: 'v2' },
  ],
};

/** What a dialect does not have by itself: the API of UbiOps has tags since `/v2` where it had revisions and builds. */
const absent: Readonly<Record<string, RegExp>> = { v2: /\/(revisions|usage)(\/|$)/ };

interface Operation {
  readonly document: string;
  readonly platform: string;
  readonly method: string;
  readonly path: string;
}

const operations: readonly Operation[] = readFileSync(
  new URL('./seed-operations.tsv', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [document = '', , , method = '', path = ''] = line.split('\t');
    return { document, platform: platformOf[document] ?? `none of ${document}`, method, path };
  });

const plain = (text: string): string => text.replaceAll(/\{[^}]*\}/g, '{}');
/** Documents leave out the version of an API that has one in front of all paths. */
const isSame = (asked: string, has: string): boolean =>
  plain(has) === plain(asked) || plain(has).replace(/ \/v\d+(\.\d+)?\//, ' /') === plain(asked);

const lineOf = ({ method, path }: Pick<Operation, 'method' | 'path'>): string => `${method} ${path}`;

describe('the documents', () => {
  it('have 162 operations over HTTP, all of platforms that are known', () => {
    const lines = operations.filter(({ method }) => method !== 'SDK').map(lineOf);
    expect(new Set(lines).size).toBe(162);
    expect(operations.filter(({ document }) => platformOf[document] === undefined)).toEqual([]);
  });

  it('name calls of a client whose routes are known', () => {
    const calls = operations.filter(({ method }) => method === 'SDK').map(({ path }) => path);
    expect([...new Set(calls)].sort()).toEqual(Object.keys(sdkOperations).sort());
  });

  it('are of platforms that are simulated', () => {
    expect(Object.keys(simulators)).toEqual(Object.keys(contracts));
  });
});

describe.each(Object.entries(contracts))('the contract with %s', (platform, contract) => {
  const held = walk(contract).map(({ endpoint }) => lineOf(endpoint));
  const documented = operations
    .filter((one) => one.platform === platform && one.method !== 'SDK')
    .map(lineOf);

  it('has each operation of the documents', () => {
    expect(documented.filter((line) => !held.some((has) => isSame(line, has)))).toEqual([]);
  });
});

const simulated = Object.entries(contracts).flatMap(([platform, contract]) =>
  (simulators[platform] ?? []).map((options) => ({ platform, dialect: options.dialect, options, contract })),
);

describe.each(simulated)('the simulator of $platform in $dialect', ({ platform, options, contract }) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await createSimulator(options);
  });
  afterAll(() => simulator.close());

  /** Whether it has a route for a request. What the request answers does not matter. */
  async function isServed(line: string): Promise<boolean> {
    const [method] = line.split(' ');
    const spelled =
      walk(contract)
        .map(({ endpoint }) => lineOf(endpoint))
        .find((has) => isSame(line, has)) ?? line;
    const path = spelled.slice(spelled.indexOf(' ') + 1);
    const base = platform === 'ubiops' ? `/${options.dialect ?? ''}` : '';
    await fetch(simulator.url + base + path.replaceAll(/\{[^}]*\}/g, 'x'), { method: method ?? 'GET' });
    return simulator.ledger().at(-1)?.endpoint !== null;
  }

  it('has a route for each operation of the documents', async () => {
    const asked = operations
      .filter((one) => one.platform === platform)
      .flatMap((one) => (one.method === 'SDK' ? (sdkOperations[one.path] ?? []) : [lineOf(one)]));
    const missing: string[] = [];
    for (const line of new Set(asked)) if (!(await isServed(line))) missing.push(line);
    const stated = absent[options.dialect ?? ''];
    expect(missing).toEqual([...new Set(asked)].filter((line) => stated?.test(line) === true));
  });
});
