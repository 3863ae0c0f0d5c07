/**
 * Where a contract and a simulator disagree with what the vendor's OpenAPI files say. It imports nothing, so that
 * `npm run docs` can read it too.
 */

/** A schema of the OpenAPI files, without descriptions. */
export interface FactSchema {
  readonly ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FactSchema>>;
  readonly additionalProperties?: FactSchema;
  readonly items?: FactSchema;
  readonly allOf?: readonly FactSchema[];
  readonly anyOf?: readonly FactSchema[];
}

/** An operation of the OpenAPI files. */
export interface FactOperation {
  /** Which of the two files it is in. */
  readonly of: 'public' | 'v4';
  readonly status: number;
  readonly query: Readonly<Record<string, { readonly required: boolean; readonly schema: FactSchema }>>;
  readonly body?: FactSchema;
  readonly response?: FactSchema;
}

/** What `scripts/distil-openapi.js` has written. */
export interface Facts {
  /** By method and path, the placeholders of which have no names. */
  readonly operations: Readonly<Record<string, FactOperation>>;
  readonly schemas: Readonly<Record<string, FactSchema>>;
}

/** A JSON Schema of the contract. */
export interface ContractSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, ContractSchema>>;
  readonly additionalProperties?: boolean | ContractSchema;
  readonly items?: ContractSchema;
  readonly anyOf?: readonly ContractSchema[];
  readonly oneOf?: readonly ContractSchema[];
}

/** An endpoint of the contract, its schemas as JSON Schemas. */
export interface ContractEndpoint {
  readonly method: string;
  readonly path: string;
  readonly query?: ContractSchema;
  readonly body?: ContractSchema;
  readonly response: ContractSchema;
}

/** What the OpenAPI files say of an endpoint; `undefined` where they do not know it. */
export const factsOf = (
  { operations }: Facts,
  { method, path }: Pick<ContractEndpoint, 'method' | 'path'>,
): FactOperation | undefined => operations[`${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`];

/** Each place in which an endpoint of the contract is not what the OpenAPI files say. */
export function disagreements(facts: Facts, endpoint: ContractEndpoint): string[] {
  const said = factsOf(facts, endpoint);
  if (said === undefined) return [];
  const query: FactSchema = {
    type: 'object',
    properties: Object.fromEntries(Object.entries(said.query).map(([name, { schema }]) => [name, schema])),
    required: Object.entries(said.query).flatMap(([name, { required }]) => (required ? [name] : [])),
  };
  const sent = { type: 'object', properties: {} };
  return [
    ...compared(facts, 'sent', { at: 'query', is: endpoint.query ?? sent, said: query }),
    ...(said.body && endpoint.body
      ? compared(facts, 'sent', { at: 'body', is: endpoint.body, said: said.body })
      : []),
    ...(said.body === undefined && endpoint.body !== undefined ? ['body: there is none'] : []),
    ...(said.response
      ? compared(facts, 'read', { at: 'answer', is: endpoint.response, said: said.response })
      : []),
  ];
}

interface Pair {
  readonly at: string;
  readonly is: ContractSchema;
  readonly said: FactSchema;
}

type Way = 'sent' | 'read';

function compared(facts: Facts, way: Way, { at, is, said }: Pair): string[] {
  const choices = is.anyOf ?? is.oneOf;
  if (choices) {
    const real = choices.filter(({ type }) => type !== 'null');
    const each = real.map((choice) => compared(facts, way, { at, is: choice, said }));
    return way === 'sent' ? each.flat() : fewest(each);
  }
  const fact = wholeOf(facts, said);
  if (fact.anyOf) return fewest(fact.anyOf.map((choice) => compared(facts, way, { at, is, said: choice })));
  const type = typeOf(fact);
  const own = kindsOf(is);
  if (type === undefined || own.length === 0) return [];
  const [narrow, wide] = way === 'sent' ? [own, [type]] : [[type], own];
  if (!narrow.every((one) => wide.includes(one) || (one === 'integer' && wide.includes('number'))))
    return [`${at}: is ${own.join(' or ')}, not ${type}`];
  if (type === 'array' && is.items && fact.items)
    return compared(facts, way, { at: `${at}[]`, is: is.items, said: fact.items });
  if (type === 'object') return comparedFields(facts, way, { at, is, said: fact });
  return comparedWords(way, { at, is, said: fact });
}

/** What is read may be more than what is said: `null` for what is left out, a number for a text. */
function kindsOf({ type, const: word }: ContractSchema): readonly string[] {
  if (word !== undefined) return [typeof word];
  return (typeof type === 'string' ? [type] : (type ?? [])).filter((one) => one !== 'null');
}

function comparedWords(way: Way, { at, is, said }: Pair): string[] {
  const own = is.const === undefined ? is.enum : [is.const];
  if (said.enum === undefined) return [];
  const [less, more] = way === 'sent' ? [own, said.enum] : [said.enum, own];
  if (way === 'read' && own === undefined) return [];
  if (less === undefined) return [`${at}: is any text, not one of ${said.enum.join(', ')}`];
  const other = less.filter((word) => more?.includes(word) !== true);
  const missing = way === 'sent' ? said.enum.filter((word) => own?.includes(word) !== true) : [];
  return [...other, ...missing].map((word) => `${at}: differs in the word ${String(word)}`);
}

function comparedFields(facts: Facts, way: Way, { at, is, said }: Pair): string[] {
  const problems: string[] = [];
  const { properties = {}, required = [] } = is;
  const { properties: known = {}, required: needed = [], additionalProperties: others } = said;
  for (const [name, schema] of Object.entries(properties)) {
    const place = `${at}.${name}`;
    const fact = known[name] ?? others;
    if (fact === undefined) {
      if (said.properties !== undefined) problems.push(`${place}: is not known`);
      continue;
    }
    problems.push(...compared(facts, way, { at: place, is: schema, said: fact }));
    if (way === 'read' && required.includes(name) && !needed.includes(name))
      problems.push(`${place}: may be missing`);
    if (way === 'sent' && !required.includes(name) && needed.includes(name))
      problems.push(`${place}: is required`);
  }
  if (way === 'sent' && is.additionalProperties === false)
    for (const name of new Set([...Object.keys(known), ...needed].filter((one) => !(one in properties))))
      problems.push(`${at}.${name}: ${needed.includes(name) ? 'is required' : 'cannot be sent'}`);
  return problems;
}

const fewest = (each: readonly string[][]): string[] =>
  each.reduce((best, one) => (one.length < best.length ? one : best), each[0] ?? []);

/** A schema with what it refers to, its parts put together. */
function wholeOf(facts: Facts, { ref, allOf, ...schema }: FactSchema): FactSchema {
  if (ref !== undefined) return wholeOf(facts, facts.schemas[ref] ?? {});
  if (allOf === undefined) return schema;
  const parts = [...allOf.map((part) => wholeOf(facts, part)), schema];
  return {
    ...parts.reduce((whole, part) => ({ ...whole, ...part }), {}),
    properties: Object.fromEntries(parts.flatMap(({ properties = {} }) => Object.entries(properties))),
    required: parts.flatMap(({ required = [] }) => required),
  };
}

const typeOf = ({ type, properties, additionalProperties }: FactSchema): string | undefined =>
  type ?? (properties || additionalProperties ? 'object' : undefined);

/** Each place in which an answer is not what the OpenAPI files say. */
export function misfits(facts: Facts, said: FactSchema, value: unknown, at = 'answer'): string[] {
  const fact = wholeOf(facts, said);
  if (fact.anyOf) return fewest(fact.anyOf.map((choice) => misfits(facts, choice, value, at)));
  if (value === null) return fact.nullable === true ? [] : [`${at}: is null`];
  const type = typeOf(fact);
  const actual = kindOf(value);
  if (type === undefined) return [];
  if (actual !== type && !(actual === 'integer' && type === 'number'))
    return [`${at}: is ${actual}, not ${type}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => misfits(facts, fact.items ?? {}, item, `${at}[${index}]`));
  if (typeof value === 'object') return misfitsOfFields(facts, fact, { ...value }, at);
  if (fact.enum?.includes(value) === false) return [`${at}: is ${JSON.stringify(value)}`];
  const isNoTime =
    fact.format === 'date-time' && (typeof value !== 'string' || Number.isNaN(Date.parse(value)));
  return isNoTime ? [`${at}: is no time`] : [];
}

function misfitsOfFields(
  facts: Facts,
  { properties = {}, required = [], additionalProperties }: FactSchema,
  value: Readonly<Record<string, unknown>>,
  at: string,
): string[] {
  const missing = required.filter((name) => value[name] === undefined);
  const within = Object.entries(value).flatMap(([name, field]) => {
    const schema = properties[name] ?? additionalProperties;
    return schema === undefined ? [] : misfits(facts, schema, field, `${at}.${name}`);
  });
  return [...missing.map((name) => `${at}.${name}: is missing`), ...within];
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
