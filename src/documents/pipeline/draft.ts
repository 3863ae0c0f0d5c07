/** A document as far as its shape goes: what its steps are, before anything that they name is looked at. */
import { type JsonSchema, isSchema } from '../../pipelines/document/json-schema.js';
import { pathsIn } from '../../pipelines/document/syntax.js';
import { compileExpression, createCel } from '../../pipelines/document/expressions.js';
import { partsOf } from '../../pipelines/document/templates.js';
import type { PipelineDocument } from '../../pipelines/document/document.js';
import type { Json } from '../../run/steps.js';
import type { Connections } from './connections.js';
import type { DocumentPath, Faults } from './faults.js';
import { type CheckedKind, isOfSeveral, isPlatform, kindOf, kindsFor, platformIn } from './kinds.js';
import { refine } from './refinements.js';
import type { TypedStep } from './types.js';
import { insteadOfKind, ownFields, reservedNames, sayKnown } from './words.js';

/** What a step is checked for. */
export interface DraftStep extends TypedStep {
  /** Its place among all steps, those under `finally` included. */
  readonly index: number;
  readonly isLast: boolean;
  readonly path: DocumentPath;
  readonly written: { readonly [key: string]: Json };
  readonly connection: string | null;
  /** The document that it runs. */
  readonly runs?: PipelineDocument | undefined;
}

/** Reads the steps of a document; what is no step is left out. */
export function draftSteps(
  document: { readonly [key: string]: Json },
  { faults, ...known }: Connections & { readonly faults: Faults },
): DraftStep[] {
  const [usual, pipeline] = [textIn(document['connection']), textIn(document['pipeline'])];
  const last = isSchema(document['finally']) ? document['finally']['steps'] : undefined;
  const found = [
    ...entriesIn(document['steps']).map((entry) => ({ ...entry, base: ['steps'], isLast: false })),
    ...entriesIn(last).map((entry) => ({ ...entry, base: ['finally', 'steps'], isLast: true })),
  ];
  const names = new Set<string>();
  return found.flatMap(({ name, written, base, isLast }, index) => {
    const path = [...base, name];
    checkName(name, { path, faults, isTwice: names.has(name) });
    if (names.has(name)) return [];
    names.add(name);
    const own = textIn(written['connection']);
    const named = own ?? usual;
    const isUnknown = named !== null && known.platformOf(named) === null;
    if (isUnknown)
      tellUnknown(named, own === null ? ['connection'] : [...path, 'connection'], { faults, ...known });
    const connection = isUnknown ? null : named;
    const platform = connection === null ? null : known.platformOf(connection);
    const drafted = draftKind(written, { connection, platform, isUnknown }, { path, faults });
    const of = { written, connection, path, faults, pipeline: pipeline ?? '', configured: known };
    const { kind, runs } = drafted === null ? { kind: null } : refined(drafted, of);
    const choosesFrom = kind?.short === 'choose' ? chosenIn(written['with']) : [];
    const each = written['each'];
    return [{ name, index, isLast, path, written, connection, kind, runs, each, choosesFrom }];
  });
}

const textIn = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

const entriesIn = (steps: Json | undefined): { name: string; written: JsonSchema }[] =>
  isSchema(steps)
    ? Object.entries(steps).flatMap(([name, written]) => (isSchema(written) ? [{ name, written }] : []))
    : [];

function checkName(
  name: string,
  { path, faults, isTwice }: { path: DocumentPath; faults: Faults; isTwice: boolean },
): void {
  const fault = isTwice
    ? `"${name}" is the name of a step above; each needs one of its own`
    : nameFault(name, 'a step');
  if (fault !== null) faults.add(path, fault, 'key');
}

/** Why expressions cannot name something; `null` where they can. */
export function nameFault(name: string, what: string): string | null {
  if (reservedNames.has(name) || ownFields.includes(name))
    return `"${name}" cannot be the name of ${what}: expressions have a meaning of their own for it`;
  if (/^[a-z][A-Za-z0-9_]{0,62}$/.test(name)) return null;
  return `"${name}" cannot be the name of ${what}: use letters, digits and "_", and begin with a small letter, for expressions read "-" as minus`;
}

/** Said once where it stands, whatever follows from it. */
function tellUnknown(
  connection: string,
  path: DocumentPath,
  { faults, connections }: Pick<Connections, 'connections'> & { readonly faults: Faults },
): void {
  const advice =
    connections === undefined ? 'add it to longhaul.yaml' : sayKnown(connection, connections, 'connections');
  faults.add(path, `there is no connection "${connection}"; ${advice}`);
}

/** Where a step is checked: on a connection that is there, on one that is not, or on none. */
interface On {
  readonly connection: string | null;
  readonly platform: string | null;
  readonly isUnknown: boolean;
}

/** The kind that a step uses, if it can use it, and if it is known which one it is. */
function draftKind(
  { uses }: { readonly [key: string]: Json },
  { connection, platform, isUnknown }: On,
  { path, faults }: { readonly path: DocumentPath; readonly faults: Faults },
): CheckedKind | null {
  if (typeof uses !== 'string') return null; // said by the grammar
  const asked = platformIn(uses);
  if (asked !== null && platform !== null && asked !== platform && isPlatform(asked)) {
    faults.add(
      [...path, 'uses'],
      `a step is on one platform: "${uses}" is of ${asked}, and the connection ${connection ?? ''} is of ${platform}`,
    );
    return kindOf(uses, platform);
  }
  const kind = kindOf(uses, platform ?? asked);
  if (kind === null) {
    faults.add([...path, 'uses'], whyNoKind(uses, connection, platform));
    return null;
  }
  if (connection === null && !isUnknown && !kind.written.isPure)
    faults.add(path, `the step has no connection: name one here, or one for all steps at the top`, 'key');
  return platform === null && isOfSeveral(uses) ? null : kind;
}

function whyNoKind(uses: string, connection: string | null, platform: string | null): string {
  const known = sayKnown(uses, kindsFor(platform), 'kinds');
  const elsewhere = kindOf(uses, null);
  return elsewhere === null
    ? `there is no kind of step "${uses}"; ${insteadOfKind(uses) ?? known}`
    : `"${uses}" is a kind of ${platformIn(elsewhere.name) ?? ''}, and the connection ${connection ?? ''} is of ${platform ?? ''}; ${known}`;
}

interface Drafted {
  readonly written: JsonSchema;
  readonly connection: string | null;
  readonly path: DocumentPath;
  readonly faults: Faults;
  readonly pipeline: string;
  readonly configured: Connections;
}

/** The kind as this step uses it. */
function refined(
  kind: CheckedKind,
  { written, connection, path, faults, pipeline, configured }: Drafted,
): { readonly kind: CheckedKind; readonly runs?: PipelineDocument | undefined } {
  const given = isSchema(written['with']) ? written['with'] : {};
  const platform = connection === null ? null : configured.platformOf(connection);
  const dialect = (connection === null ? null : configured.dialectOf?.(connection)) ?? null;
  const refining = { kind, given, platform, connection, dialect, pipeline, configured };
  const { kind: used = kind, runs, faults: found = [] } = refine(refining);
  for (const { path: at, message } of found) faults.add([...path, 'with', ...at], message);
  return { kind: used, runs };
}

/** The steps that `choose` is given, as far as its `from` names them. */
function chosenIn(given: Json | undefined): string[] {
  const from = isSchema(given) ? given['from'] : undefined;
  const texts = (Array.isArray(from) ? from : [from]).filter((text) => typeof text === 'string');
  return texts.flatMap((text) => {
    const parts = partsOf(text);
    if ('unclosedAt' in parts) return [];
    return parts.flatMap((part) => ('text' in part ? [] : stepsIn(part.expression)));
  });
}

function stepsIn(expression: string): string[] {
  if ('problem' in compileExpression(expression)) return [];
  return pathsIn(createCel().parse(expression).ast).flatMap(({ keys: [root, name] }) =>
    root === 'steps' && name !== undefined ? [name] : [],
  );
}
