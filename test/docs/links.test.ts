/** What a page points to is there: pages, their headings, files, scripts, settings, variables, metrics and routes. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { settingRows } from '../../src/config.js';
import { serverMetrics, workerMetrics } from '../../src/observability/metrics.js';
import { type Page, codeIn, pages, proseOf, root } from './pages.js';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A heading as GitHub makes an anchor of it. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

const anchorsOf = (page: Page): string[] =>
  [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
const anchors = new Map(pages.map((page) => [page.name, anchorsOf(page)]));

function faultsOf(link: string, { name }: Page): string[] {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? name : normalize(join(dirname(name), path));
  if (!existsSync(join(root, target))) return [`${link}: no such file`];
  const known = anchors.get(target);
  if (anchor === undefined || known === undefined || known.includes(anchor)) return [];
  return [`${link}: no such heading`];
}

const rows = settingRows();
const withoutIndexes = (key: string): string => key.replaceAll(/\[\d*\]/g, '');
/** Each setting, and each part of the file that settings are in; a name that its writer chooses is anything. */
const settings = rows.flatMap(({ key }) =>
  withoutIndexes(key)
    .split('.')
    .map((_part, index, parts) => parts.slice(0, index + 1).join('\\.'))
    .map((part) => new RegExp(`^${part.replaceAll(/<[^>]*>/g, '[^.]+')}$`)),
);
const sections = new Set(rows.map(({ key }) => key.split('.')[0]));
const chartValues = read('deploy/helm/longhaul/values.yaml');
const isChartValue = (key: string): boolean =>
  chartValues.includes(`\n${key.split('.')[0]}:`) && chartValues.includes(` ${key.split('.').at(-1)}:`);

const variables = new Set([
  ...rows.map(({ env }) => env),
  ...[...read('.env.example').matchAll(/LONGHAUL_[A-Z]+/g)].map(([name]) => name),
  'LONGHAUL_CONFIG',
  'LONGHAUL_SIMULATOR_API_KEY',
  // Of programs in the pages: whom they call, and with what.
  ...['LONGHAUL_URL', 'LONGHAUL_KEY'],
  // Of tests.
  ...['LONGHAUL_TEST_TEMPORAL', 'LONGHAUL_REPLAY_CASES', 'LONGHAUL_REPLAY_SEED'],
]);

/** Commands of npm and of the repository, from package.json. */
const { scripts } = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const metrics = new Set(Object.keys({ ...workerMetrics, ...serverMetrics }));

const { paths } = JSON.parse(read('docs/reference/openapi.json')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};
/** Whether the API has it, whatever the page calls its parameters. */
const isRoute = (method: string, path: string): boolean =>
  Object.entries(paths).some(([template, operations]) => {
    const parts = template.split('/');
    const asked = path.replace(/\?.*$/, '').split('/');
    return (
      method.toLowerCase() in operations &&
      parts.length === asked.length &&
      parts.every((part, index) => part.startsWith('{') || part === asked[index])
    );
  });

describe.each(pages)('$name', (page) => {
  it('links to what is there', () => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !/^[a-z]+:/.test(link)).flatMap((link) => faultsOf(link, page))).toEqual(
      [],
    );
  });

  it('names files that are there', () => {
    const named = codeIn(page)
      .filter((code) => /^(?:bench|deploy|docs|examples|scripts|src|test)\/[\w./-]*$/.test(code))
      .filter((path) => !path.startsWith('deploy/secrets/')); // made by whoever follows the page
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names scripts of npm that there are', () => {
    const named = [...page.text.matchAll(/npm run ([a-z:-]+)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('names settings that there are', () => {
    const named = codeIn(page)
      .filter((code) => /^[a-z]\w*(?:\.[\w<>[\]]+)+$/i.test(code) && !/\.(?:ts|js|yaml)$/.test(code))
      .filter((code) => sections.has(code.split('.')[0] ?? ''));
    const isKnown = (key: string): boolean =>
      settings.some((one) => one.test(withoutIndexes(key))) || isChartValue(key);
    expect(named.filter((key) => !isKnown(key))).toEqual([]);
  });

  it('names variables that there are', () => {
    const named = [...page.text.matchAll(/\bLONGHAUL_[A-Z_]+\b/g)].map(([variable]) => variable);
    expect(named.filter((one) => !variables.has(one))).toEqual([]);
  });

  it('names metrics that there are', () => {
    const named = [...page.text.matchAll(/\blonghaul_[a-z_]+\b/g)].map(([metric]) => metric);
    expect(named.filter((one) => !metrics.has(one))).toEqual([]);
  });

  it('names routes that the API has', () => {
    const named = codeIn(page).flatMap((code) => {
      const [, method, path] = /^(GET|POST|PUT|DELETE) (\/v1\/\S+)$/.exec(code) ?? [];
      return method === undefined || path === undefined ? [] : [{ method, path }];
    });
    const isRequestThatFails = page.name === 'docs/reference/http-errors.md';
    // Domino's own API has such paths too.
    const ours = named.filter(({ path }) => !isRequestThatFails && !path.startsWith('/v1/projects/'));
    expect(ours.filter(({ method, path }) => !isRoute(method, path))).toEqual([]);
  });
});
