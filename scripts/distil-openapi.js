/**
 * Distils the vendor's OpenAPI files into test/contract/openapi-facts.json: of each operation that the contract or the
 * documents have, names, types, what is required and what is enumerated; no descriptions.
 *
 *   node scripts/distil-openapi.js PUBLIC.json V4.json
 *
 * It reads what `npm run build` has compiled.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { domino } from '../dist/contract/domino/index.js';
import { walk } from '../dist/contract/endpoint.js';

const folder = new URL('../test/contract/', import.meta.url);
const plain = (text) => text.replaceAll(/\{[^}]*\}/g, '{}');
const kept = ['type', 'format', 'enum', 'required', 'nullable'];
const methods = ['get', 'post', 'put', 'patch', 'delete'];

const seeds = (await readFile(new URL('seed-operations.tsv', folder), 'utf8')).trim().split('\n').slice(1);
const wanted = new Set([
  ...seeds.map((line) => plain(line.split('\t').slice(3).join(' '))),
  ...walk(domino).map(({ endpoint: { method, path } }) => plain(`${method} ${path}`)),
]);

/** What `#/components/…` names. */
const at = (components, ref) =>
  ref
    .split('/')
    .slice(2)
    .reduce((inner, key) => inner[key], components);

const operations = {};
const schemas = {};
const [publicFile, internalFile] = process.argv.slice(2);
await distil(publicFile, { prefix: '', of: 'public' });
await distil(internalFile, { prefix: '/v4', of: 'v4' });
const lines = (of) =>
  Object.entries(of).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
const sorted = (of) => Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(
  new URL('openapi-facts.json', folder),
  `{"operations": {\n${lines(sorted(operations)).join(',\n')}\n},\n"schemas": {\n${lines(sorted(schemas)).join(',\n')}\n}}\n`,
);

async function distil(file, { prefix, of }) {
  const { paths, components } = JSON.parse(await readFile(file, 'utf8'));
  const follow = (one) => (one.$ref === undefined ? one : at(components, one.$ref));
  const trim = (schema) => {
    if (schema.$ref !== undefined) {
      const name = `${of}.${schema.$ref.split('/').at(-1)}`;
      if (schemas[name] === undefined) {
        schemas[name] = {}; // before its own parts, which may name it again
        Object.assign(schemas[name], trim(follow(schema)));
      }
      return { ref: name };
    }
    const { properties, items, additionalProperties, allOf, oneOf, anyOf } = schema;
    return {
      ...Object.fromEntries(kept.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]]))),
      ...(properties && {
        properties: Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, trim(one)])),
      }),
      ...(items && { items: trim(items) }),
      ...(additionalProperties && {
        additionalProperties: additionalProperties === true ? {} : trim(additionalProperties),
      }),
      ...(allOf && { allOf: allOf.map(trim) }),
      ...((oneOf ?? anyOf) && { anyOf: (oneOf ?? anyOf).map(trim) }),
    };
  };
  for (const [path, item] of Object.entries(paths))
    for (const method of methods.filter((one) => item[one] !== undefined)) {
      const name = plain(`${method.toUpperCase()} ${path.startsWith(`${prefix}/`) ? '' : prefix}${path}`);
      if (wanted.has(name)) operations[name] = factsOf(of, item[method], { follow, trim });
    }
}

function factsOf(of, { parameters = [], requestBody, responses }, { follow, trim }) {
  const query = parameters.map(follow).filter((one) => one.in === 'query');
  const [status, success] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? [];
  const jsonIn = (one) => one && follow(one).content?.['application/json']?.schema;
  const body = jsonIn(requestBody);
  const response = jsonIn(success);
  return {
    of,
    status: Number(status),
    query: Object.fromEntries(
      query.map(({ name, required = false, schema }) => [name, { required, schema: trim(schema) }]),
    ),
    ...(body && { body: trim(body) }),
    ...(response && { response: trim(response) }),
  };
}
