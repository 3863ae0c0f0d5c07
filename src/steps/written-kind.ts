/** What a document can write for a kind of step: how its `with` becomes the kind's spec, and which fields its output has. */
import type { Named, NamedKind } from '../run/inputs/preflight.js';
import type { Json } from '../run/steps.js';
import type { Deploying } from './approve.js';
import type { StepKind } from './define.js';

/** The type of a field of an output, as expressions know it. A number of JSON is a `double`. */
export type FieldType =
  | 'string'
  | 'double'
  | 'bool'
  | 'list<string>'
  | 'map<string, double>'
  | 'map<string, string>'
  | 'list<dyn>'
  | 'dyn';

/** What a step knows of its place beside its `with`. */
export interface Around {
  readonly connection: string;
  /** The step whose output is given under a key of `with`. */
  stepOf(key: string): string;
  /** Whether it is one item of many: what it hands over is kept many times. */
  readonly isItem: boolean;
  /** How long the document lets the step take, such as `5d`. */
  readonly within: string | undefined;
  /** Metrics that the document names: they are kept before all others. */
  readonly metrics: readonly string[];
  /** Those that it names of this very step. */
  readonly named: readonly string[];
  /** Of a step that asks for an approval: what the deployment below it would deploy. */
  readonly deploying: Deploying | undefined;
  /** Of a step that deploys what somebody approves: what the steps have come to that it waits for, by name. */
  readonly before: Readonly<Record<string, Json>>;
  /** The one of them whose metrics an approver is shown; left out where the step itself takes it. */
  readonly judged: string | undefined;
  /** Whether what is given under a key comes from the document and its input alone, and from no step. */
  isGiven(key: string): boolean;
  /** Whether a step before may have made what this one names. */
  mayNameMade(): boolean;
}

/** Something that a step names and that must be there; of what is not given, there is no value. */
export type NamedThere = Omit<Named, 'value'> & {
  readonly value: string | undefined;
  /** Whether it has a name under which a step before may make it. */
  readonly mayBeMade?: true;
};

/** Something that a step makes under a name of its own; of what is not known yet, there is no value. */
export interface MadeThere {
  readonly kind: NamedKind;
  readonly value: string | undefined;
}

/** The model that a step decides on, registers or deploys; of what is not known yet, there is no value. */
export interface ModelThere {
  /** Left out where the kind does not say it: then it is that of the job which the step takes. */
  readonly project?: string | undefined;
  readonly deploy?: { readonly modelApi: string } | undefined;
  readonly register?: { readonly model: string } | undefined;
}

/** A model API, as it is written where its live model is judged by. */
export interface JudgedBy {
  readonly project?: string | undefined;
  readonly modelApi?: string | undefined;
}

/** Why values that were evaluated do not make a spec; the message says which and what is allowed. */
export class Unfit extends Error {}

/** The project of the step whose output is given under a key; `undefined` where it is not known. */
export type ProjectOf = (key: string) => string | undefined;

/** What whoever runs the code of others, or calls what a document names, may make. */
export type MayMake = 'files' | 'anything';

/** A kind of step as documents write it. `With` is what its schema in `spec.ts` takes. */
export interface WrittenKind<
  With extends object,
  Spec extends object,
  Output extends Json,
  Calls extends object,
> {
  readonly kind: StepKind<Spec, Output, Calls>;
  /** What its output has, beside what `holds` says of it. */
  readonly shows?: { readonly [K in keyof Output]?: FieldType };
  /** Whether it calls no platform, and needs no connection. */
  readonly isPure?: true;
  /** Whether it asks for an approval of the deployment below it. */
  readonly approves?: true;
  /** What its step would deploy. Throws `Unfit`. */
  readonly deploying?: (given: With, around: Around) => Deploying<Calls>;
  /** Why its step puts nothing live, by what is written out: an approval is then for one below it. `null` where it does. */
  readonly keepsBack?: (given: Partial<With>) => string | null;
  /** Why nobody can approve what is written, and what to write: `a registered version: give …`. `null` where somebody can. */
  readonly unapproved?: (given: Partial<With>) => string | null;
  /**
   * What it names on its platform; some of what it is given may not be known yet, and is not there. `projectOf`: the project of
   * the step whose output is given under a key.
   */
  readonly names?: (given: Partial<With>, projectOf: ProjectOf) => readonly NamedThere[];
  /** What it makes under names of its own, as far as it is told what. */
  readonly makes?: (given: Partial<With>) => readonly MadeThere[];
  /** What else it may make, which nobody can tell beforehand. */
  readonly mayMake?: MayMake;
  /** The model by which runs of it are listed; some of what it is given may not be known yet, and is not there. */
  readonly model?: (given: Partial<With>) => ModelThere;
  /** The model API whose live model its step decides by; some of what it is given may not be known yet, and is not there. */
  readonly judgesBy?: (given: Partial<With>) => JudgedBy | null;
  /** What the step is made from. Throws `Unfit`. */
  readonly specOf: (given: With, around: Around) => Spec;
}

/** A kind as generic code knows it: its values are JSON that its own schema has let through. */
export interface AnyWrittenKind {
  readonly kind: string;
  readonly holds: Readonly<Record<string, unknown>>;
  /** Fields of its output by name, in the order in which they are told. */
  readonly fields: Readonly<Record<string, FieldType>>;
  /** As its kind says: then whatever stands below it in the file waits for it. */
  readonly holdsBack: boolean;
  /** Whether its output can end the run: that of one item would not. */
  readonly endsRun: boolean;
  /** Whether a failed one can be made again as a new generation: `tries`. */
  readonly isRepeatable: boolean;
  readonly isPure: boolean;
  readonly approves: boolean;
  /** Whether it deploys what an approval is for. */
  readonly deploys: boolean;
  deploying(given: object, around: Around): Deploying | null;
  keepsBack(given: object): string | null;
  unapproved(given: object): string | null;
  readonly mayMake: MayMake | undefined;
  names(given: object, projectOf: ProjectOf): readonly NamedThere[];
  makes(given: object): readonly MadeThere[];
  model(given: object): ModelThere;
  judgesBy(given: object): JudgedBy | null;
  specOf(given: object, around: Around): object;
}

/** States what a document writes for a kind, by the type that its schema takes: `write<With>()({ … })`. */
export const write =
  <With extends object>() =>
  <Spec extends object, Output extends Json, Calls extends object>(
    written: WrittenKind<With, Spec, Output, Calls>,
  ): AnyWrittenKind =>
    widened(written);

function widened<With extends object, Spec extends object, Output extends Json, Calls extends object>(
  written: WrittenKind<With, Spec, Output, Calls>,
): AnyWrittenKind {
  const { kind, shows, isPure, approves, deploying, names, makes, model, specOf } = written;
  return {
    kind: kind.kind,
    holds: kind.holds,
    fields: { ...fieldsOf({ ...kind.holds, ...kind.mayHold }), ...shows },
    holdsBack: kind.holdsBack ?? false,
    endsRun: kind.ends !== undefined,
    isRepeatable: kind.repeats !== undefined,
    isPure: isPure ?? false,
    approves: approves ?? false,
    deploys: deploying !== undefined,
    // An approval is asked for where its deployment acts, so that the effects are those of that wing.
    deploying: (given, around) => typed(deploying?.(typed(given), around) ?? null),
    keepsBack: (given) => written.keepsBack?.(typed(given)) ?? null,
    unapproved: (given) => written.unapproved?.(typed(given)) ?? null,
    mayMake: written.mayMake,
    names: (given, projectOf) => names?.(typed(given), projectOf) ?? [],
    makes: (given) => makes?.(typed(given)) ?? [],
    model: (given) => model?.(typed(given)) ?? {},
    judgesBy: (given) => written.judgesBy?.(typed(given)) ?? null,
    specOf: (given, around) => specOf(typed(given), around),
  };
}

/** JSON by the type that its schema was checked to have. */
const typed = (json: object | null): never => json as never;

const types: Readonly<Record<string, FieldType>> = {
  'a text': 'string',
  'an id': 'string',
  'a number': 'double',
  'true or false': 'bool',
  'an object of numbers': 'map<string, double>',
  'an object of texts': 'map<string, string>',
  'a list of texts': 'list<string>',
  'a list of objects with condition': 'list<dyn>',
};

/** What may be null, or one of several, is known when it is there. */
const fieldsOf = (holds: Readonly<Record<string, unknown>>): Record<string, FieldType> =>
  Object.fromEntries(
    Object.entries(holds).map(([key, kind]) => [
      key,
      Array.isArray(kind) ? 'string' : ((typeof kind === 'string' ? types[kind] : undefined) ?? 'dyn'),
    ]),
  );
