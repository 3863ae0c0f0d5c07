/** The kinds of steps as documents name them, each with the schema of its `with`. */
import { z } from 'zod';
import { type JsonSchema, isSchema } from '../../pipelines/document/json-schema.js';
import type { Json } from '../../run/steps.js';
import { dominoSpecs } from '../../steps/domino/spec.js';
import { neutralSpecs } from '../../steps/spec.js';
import { ubiopsSpecs } from '../../steps/ubiops/spec.js';
import { type AnyWrittenKind } from '../../steps/written-kind.js';
import { writtenKinds } from '../../steps/written-kinds.js';

/** A kind, ready to be checked against. */
export interface CheckedKind {
  /** As the table has it: `domino.job`. */
  readonly name: string;
  /** As it is told and referred to: `job`. */
  readonly short: string;
  readonly written: AnyWrittenKind;
  /** Of its `with`. */
  readonly spec: z.ZodType;
  readonly schema: JsonSchema;
  /** Of one that runs a document: the names of what that document hands over. */
  readonly handsOver?: readonly string[];
}

const specs: Readonly<Record<string, z.ZodType>> = { ...neutralSpecs, ...dominoSpecs, ...ubiopsSpecs };

/** Every kind, by its name in the table. */
export const checkedKinds: Readonly<Record<string, CheckedKind>> = Object.fromEntries(
  Object.entries(writtenKinds).map(([name, written]) => {
    const spec = specs[name];
    if (spec === undefined) throw new TypeError(`the kind ${name} has no schema of its \`with\``);
    return [name, { name, short: shortOf(name), written, spec, schema: schemaOf(spec) }];
  }),
);

function shortOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** The JSON Schema of what a step writes. */
export function schemaOf(spec: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(spec, { io: 'input', unrepresentable: 'any' });
  const json = JSON.parse(JSON.stringify(schema)) as Json; // through JSON, as a document carries it
  return isSchema(json) ? json : {};
}

/** The kinds that a document may name for a platform, as it names them; for one that is not known, those of all. */
export const kindsFor = (platform: string | null): string[] => [
  ...new Set(
    Object.keys(checkedKinds)
      .filter((name) => !name.includes('.') || platform === null || platform === platformIn(name))
      .map(shortOf),
  ),
];

/** The platform whose kind a name is: `domino` of `domino.job`; `null` of a kind that any platform has. */
export const platformIn = (uses: string): string | null =>
  uses.includes('.') ? uses.slice(0, uses.indexOf('.')) : null;

/** Whether there are kinds of a platform. */
export const isPlatform = (platform: string): boolean =>
  Object.keys(checkedKinds).some((name) => platformIn(name) === platform);

/** The kind of this name on a platform; of one that is not known, the first that there is. */
export const kindOf = (uses: string, platform: string | null): CheckedKind | null =>
  Object.values(checkedKinds).find(({ name, short }) => {
    const of = platformIn(name);
    return name === uses || (short === uses && (of === null || platform === null || platform === of));
  }) ?? null;

/** Whether several platforms have a kind of this name, each another one. */
export const isOfSeveral = (uses: string): boolean =>
  Object.values(checkedKinds).filter(({ name, short }) => name === uses || short === uses).length > 1;
