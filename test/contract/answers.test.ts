/** What a simulator answers to a request of every endpoint fits the vendor’s OpenAPI files. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { domino } from '../../src/contract/domino/index.js';
import { type Endpoint, walk } from '../../src/contract/endpoint.js';
import { onStage, type Stage } from '../simulator/stage.js';
import { type Facts, factsOf, misfits } from './openapi-agreement.js';
import { openApiExceptions } from './openapi-exceptions.js';
import { requests } from './requests.js';
import type { Step } from './step.js';

const world = `
user: ada
users: [{ name: ada, gitCredentials: [{ name: git, domain: github.com }] }, { name: grace }]
projects:
  - owner: ada
    name: iris
    files: files
    workspaces: [{ id: '66f0000000000000000000aa', name: notebook }]
environments: [{ name: Standard, image: 'base:1', default: true }]
hardwareTiers: [{ id: small-k8s, name: Small, default: true }]
`;

// Boundary cast: `scripts/distil-openapi.js` has written it.
const facts = JSON.parse(readFileSync(new URL('./openapi-facts.json', import.meta.url), 'utf8')) as Facts;

const endpoints = new Map<string, Endpoint>(
  walk(domino).map(({ group, name, endpoint }) => [`${group}.${name}`, endpoint]),
);

type Kept = Map<string, string>;

const filled = (kept: Kept, text: string): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => kept.get(name) ?? `nothing is kept as ${name}`);

const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);

/** Sends a request, and tells where its answer does not fit. */
async function send(stage: Stage, kept: Kept, step: Step): Promise<string[]> {
  if ('pass' in step) {
    await stage.pass(step.pass);
    return [];
  }
  const endpoint = endpoints.get(step.call);
  if (endpoint === undefined) return [`${step.call}: there is none`];
  const path = endpoint.path.replaceAll(/\{\+?(\w+)\}/g, (_, name: string) =>
    filled(kept, step.at?.[name] ?? `nothing is said of ${name}`),
  );
  const query = new URLSearchParams(
    filled(kept, new URLSearchParams(step.query).toString().replaceAll('%7B', '{').replaceAll('%7D', '}')),
  );
  const body: unknown =
    step.body === undefined ? undefined : JSON.parse(filled(kept, JSON.stringify(step.body)));
  const answer = await stage.call(endpoint.method, `${path}?${query.toString()}`, body);
  if (answer.status !== (endpoint.status ?? 200)) return [`${step.call}: ${answer.status} ${answer.text}`];
  for (const [name, place] of Object.entries(step.keep ?? {})) kept.set(name, String(at(answer.body, place)));
  const { response, status } = factsOf(facts, endpoint) ?? {};
  const wrong = response ? misfits(facts, response, answer.body) : [];
  if (status !== undefined && status !== answer.status) wrong.push(`is ${answer.status}, not ${status}`);
  const isStated = (words: string): boolean =>
    openApiExceptions.some(({ answers = [] }) => answers.some((place) => words.startsWith(`${place}:`)));
  return wrong.filter((words) => !isStated(words)).map((words) => `${step.call}: ${words}`);
}

describe('the answers of the simulator', () => {
  it('are asked for at every endpoint', () => {
    const asked = new Set(requests.flatMap((step) => ('call' in step ? [step.call] : [])));
    expect([...endpoints.keys()].filter((name) => !asked.has(name))).toEqual([]);
  });

  it(
    'fit the OpenAPI files',
    onStage({ yaml: world }, async (stage) => {
      const { users } = (await stage.get('/api/users/v1/users?limit=50')).body as unknown as {
        users: { id: string; userName: string }[];
      };
      const grace = users.find(({ userName }) => userName === 'grace')?.id ?? '';
      const kept: Kept = new Map([
        ['grace', grace],
        ['workspace', '66f0000000000000000000aa'],
      ]);
      const wrong: string[] = [];
      for (const step of requests) wrong.push(...(await send(stage, kept, step)));
      expect(wrong).toEqual([]);
    }),
  );
});
