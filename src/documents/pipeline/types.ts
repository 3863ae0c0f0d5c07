/** The types of what expressions can name: the input by its schema, each step by its kind. */
import type { Environment } from '@marcbachmann/cel-js';
import { createCel } from '../../pipelines/document/expressions.js';
import { type JsonSchema, isSchema, schemasIn, typesOf } from '../../pipelines/document/json-schema.js';
import type { Json } from '../../run/steps.js';
import type { CheckedKind } from './kinds.js';
import { isTemplate } from '../../pipelines/document/templates.js';

/** What is known of a step before its expressions are looked at. */
export interface TypedStep {
  readonly name: string;
  /** `null` where its kind is not known. */
  readonly kind: CheckedKind | null;
  readonly each: Json | undefined;
  /** Of a step that chooses: the steps that it chooses from. */
  readonly choosesFrom: readonly string[];
}

/** What an output is: of which step, and of which kinds it counts as one. */
export interface OutputType {
  readonly step: string;
  readonly kinds: readonly string[];
}

export interface Types {
  /** For steps, for those under `finally`, and for the outputs of the pipeline. */
  readonly steps: Environment;
  readonly last: Environment;
  /** Of the types that are outputs, by name. */
  readonly outputs: ReadonlyMap<string, OutputType>;
  /** The outcomes that steps of kind `end` give; `null` where an expression comes to one. */
  readonly outcomes: readonly string[] | null;
  /** Steps whose kind is not known, and with it nothing of what they hand over. */
  readonly ofNoKind: ReadonlySet<string>;
  /** Of the items of each step whose `each` is written out. */
  readonly items: ReadonlyMap<string, string>;
  /** The fields of a type; `null` of one whose fields are not known. */
  fieldsOf(type: string): Readonly<Record<string, string>> | null;
}

type Fields = Readonly<Record<string, string>>;

/** Declares everything; what a step reads is looked at later. */
export function createTypes(
  input: JsonSchema,
  steps: readonly TypedStep[],
  outcomes: Types['outcomes'],
): Types {
  const cel = createCel();
  const known = new Map<string, Fields>();
  const outputs = new Map<string, OutputType>();
  const items = new Map<string, string>();
  const declare = (name: string, fields: Fields): string => {
    cel.registerType(name, { fields: { ...fields } });
    known.set(name, fields);
    return name;
  };
  const inputType = typeOfSchema(input, 'Input', declare);
  const byName = new Map(steps.map((step) => [step.name, step]));
  const fields: Record<string, string> = {};
  for (const step of steps) fields[step.name] = declareStep(step, { byName, declare, outputs, items });
  declare('Steps', fields);
  const run = { id: 'string', startedAt: 'string' };
  declare('Run', run);
  declare('EndedRun', {
    ...run,
    outcome: 'string',
    reason: 'string',
    failed: 'list<string>',
    left: 'list<dyn>',
  });
  cel.registerVariable('input', inputType).registerVariable('steps', 'Steps');
  return {
    steps: cel.clone().registerVariable('run', 'Run'),
    last: cel.clone().registerVariable('run', 'EndedRun'),
    outputs,
    items,
    outcomes,
    ofNoKind: new Set(steps.flatMap(({ name, kind }) => (kind === null ? [name] : []))),
    fieldsOf: (type) => known.get(type) ?? null,
  };
}

interface Declaring {
  readonly byName: ReadonlyMap<string, TypedStep>;
  readonly declare: (name: string, fields: Fields) => string;
  readonly outputs: Map<string, OutputType>;
  readonly items: Map<string, string>;
}

function declareStep(step: TypedStep, { byName, declare, outputs, items }: Declaring): string {
  const { name, each, kind } = step;
  if (kind === null) return 'dyn'; // why it has none is said where it stands
  const { fields: shown, kinds } = fieldsOf(step, byName);
  const fields = { ...shown, ...outputsOf(step, declare) };
  if (each === undefined) {
    const type = declare(`Output_${name}`, { ...fields, state: 'string' });
    outputs.set(type, { step: name, kinds });
    return type;
  }
  const itself = itemTypeOf(each, `ItemOf_${name}`, declare);
  if (itself !== null) items.set(name, itself);
  const item = declare(`Item_${name}`, {
    ...{ ...fields, state: 'string', tries: 'double' },
    ...{ item: itself ?? 'dyn', index: 'double' },
  });
  outputs.set(item, { step: name, kinds });
  const counts = declare(`Counts_${name}`, { succeeded: 'double', failed: 'double' });
  const type = declare(`Items_${name}`, { state: 'string', items: `list<${item}>`, counts });
  outputs.set(type, { step: name, kinds: ['each'] });
  return type;
}

/** What a step hands over, and as what that counts: the best of several jobs is a job. */
function fieldsOf(
  { kind, choosesFrom }: TypedStep,
  byName: ReadonlyMap<string, TypedStep>,
): { readonly fields: Fields; readonly kinds: readonly string[] } {
  if (kind === null) return { fields: {}, kinds: [] };
  const own = { ...kind.written.fields };
  const [first] = choosesFrom.flatMap((name) => byName.get(name) ?? []);
  if (kind.short !== 'choose' || first === undefined || first.kind?.short === 'choose')
    return { fields: own, kinds: [kind.short] };
  const chosen = fieldsOf(first, byName);
  return {
    fields: { ...chosen.fields, ...(first.each !== undefined && { item: 'dyn' }), ...own },
    kinds: [kind.short, ...chosen.kinds],
  };
}

/** The `outputs` of a step that runs a document, whose names are known and whose values are not. */
function outputsOf({ name, kind }: TypedStep, declare: Declaring['declare']): Fields {
  if (kind?.handsOver === undefined) return {};
  const fields = kind.handsOver.map((output): [string, string] => [output, 'dyn']);
  return { outputs: declare(`OutputsOf_${name}`, Object.fromEntries(fields)) };
}

/** The type of the items of an `each` that is written out; `null` of one that an expression comes to. */
function itemTypeOf(
  each: Json,
  name: string,
  declare: (name: string, fields: Fields) => string,
): string | null {
  if (Array.isArray(each)) return typeOfAll(each);
  if (!isSchema(each)) return null;
  const fields = Object.entries(each).map(([key, list]: [string, Json]): [string, string] => [
    key,
    Array.isArray(list) ? typeOfAll(list) : 'dyn',
  ]);
  return declare(name, Object.fromEntries(fields));
}

/** The type that all items have; `dyn` where they differ. */
function typeOfAll(list: readonly Json[]): string {
  const types = new Set(list.map(typeOfValue));
  const [only] = types;
  return types.size === 1 && only !== undefined ? only : 'dyn';
}

function typeOfValue(value: Json): string {
  switch (typeof value) {
    case 'string':
      return isTemplate(value) ? 'dyn' : 'string';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    default:
      return 'dyn';
  }
}

/** The type of values that fit a schema. A number of JSON is a double, whole or not. */
function typeOfSchema(schema: JsonSchema, name: string, declare: Declaring['declare']): string {
  const [type, ...more] = typesOf(schema);
  if (more.length > 0) return 'dyn';
  const { enum: allowed, items, properties, additionalProperties } = schema;
  switch (type ?? (properties === undefined ? undefined : 'object')) {
    case 'string':
      return 'string';
    case 'number':
    case 'integer':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'array':
      return `list<${isSchema(items) ? typeOfSchema(items, `${name}_item`, declare) : 'dyn'}>`;
    case 'object': {
      const fields = schemasIn(properties).map(([key, inner]): [string, string] => [
        key,
        typeOfSchema(inner, `${name}_${key}`, declare),
      ]);
      if (fields.length > 0 || name === 'Input') return declare(name, Object.fromEntries(fields));
      const value = isSchema(additionalProperties)
        ? typeOfSchema(additionalProperties, `${name}_value`, declare)
        : 'dyn';
      return `map<string, ${value}>`;
    }
    default:
      return Array.isArray(allowed) && allowed.every((one: Json) => typeof one === 'string')
        ? 'string'
        : 'dyn';
  }
}

/** The type that a checked node has; empty where it has none. */
export function typeNameOf(node: unknown): string {
  if (typeof node !== 'object' || node === null || !('checkedType' in node)) return '';
  const { checkedType: type } = node;
  return typeof type === 'object' && type !== null && 'name' in type ? String(type.name) : '';
}
