/** Checks a step: its condition, its list, its limits and its arguments. */
import type { DocumentStep, Tries } from '../../pipelines/document/document.js';
import { isSchema } from '../../pipelines/document/json-schema.js';
import { partsOf } from '../../pipelines/document/templates.js';
import type { Path } from '../../pipelines/document/syntax.js';
import type { Json } from '../../run/steps.js';
import type { Sources } from './closed.js';
import type { DraftStep } from './draft.js';
import { type Reading, type Reference, checkText } from './expression-check.js';
import type { DocumentPath, Faults } from './faults.js';
import { namedNeeds } from './order.js';
import type { Types } from './types.js';
import { type CheckedWith, checkEach, checkWith } from './values.js';
import { sayType } from './value-types.js';
import { sayKnown } from './words.js';

/** What all steps of a document share. */
export interface Checks {
  readonly faults: Faults;
  readonly types: Types;
  readonly steps: readonly DraftStep[];
  readonly sources: Omit<Sources, 'each'>;
  readInput(path: Path, at: (message: string) => void, paths: readonly Path[]): void;
}

/** A step by itself; what it waits for is added later. */
export interface CheckedStep {
  readonly step: DraftStep;
  readonly references: readonly Reference[];
  readonly checked: CheckedWith;
  readonly part: Omit<DocumentStep, 'needs' | 'awaits' | 'heldBy' | 'approves'>;
}

export function checkStep(step: DraftStep, checks: Checks): CheckedStep {
  const { written, path, kind, isLast } = step;
  const { faults, types } = checks;
  const references: Reference[] = [];
  const reading: Reading = {
    ...{ faults, types, cel: isLast ? types.last : types.steps },
    names: checks.steps.map(({ name }) => name),
    noItem:
      written['each'] === undefined
        ? 'a step with `each` has one'
        : 'it is known under `with` alone: filter the list, as in each: ${{ list.filter(i, i.n > 3) }}',
    refer: (reference) => void references.push(reference),
    failsUnseen: (name) => !isLast && endsRun(checks.steps, name),
    readInput: checks.readInput,
  };
  checkNeeds(step, reading);
  const condition = checkCondition(written['if'], [...path, 'if'], reading);
  const item = written['each'] === undefined ? null : checkEach(written['each'], [...path, 'each'], reading);
  const inner =
    written['each'] === undefined ? reading : withItem(reading, types.items.get(step.name) ?? item);
  const checked = checkArguments(step, inner, checks);
  checkLimits(step, faults);
  return {
    ...{ step, references, checked },
    part: {
      kind: kind?.name ?? '',
      connection: step.connection,
      ...described(written),
      ...(condition !== null && { if: condition }),
      ...(written['each'] !== undefined && { each: written['each'] }),
      ...(typeof written['atOnce'] === 'number' && { atOnce: written['atOnce'] }),
      onFailure: written['onFailure'] === 'continue' ? 'continue' : 'stop',
      ...(typeof written['within'] === 'string' && { within: written['within'] }),
      ...triesOf(written['tries']),
      with: checked.values,
      takes: checked.takes,
    },
  };
}

/** Whether a run ends when a step fails. */
export const endsRun = (steps: readonly DraftStep[], name: string): boolean =>
  steps.find((step) => step.name === name)?.written['onFailure'] !== 'continue';

const described = ({ description }: { readonly [key: string]: Json }) =>
  typeof description === 'string' ? { description } : {};

const withItem = (reading: Reading, item: string | null): Reading => ({
  ...reading,
  cel: reading.cel
    .clone()
    .registerVariable('item', item ?? 'dyn')
    .registerVariable('index', 'int'),
});

function checkNeeds({ written, path, name: own }: DraftStep, { faults, names, refer }: Reading): void {
  const seen = new Set<string>();
  for (const { name, path: at } of namedNeeds(written['needs'], [...path, 'needs'])) {
    if (!names.includes(name))
      faults.add(
        at,
        `there is no step "${name}"; ${sayKnown(
          name,
          names.filter((one) => one !== own),
          'steps',
        )}`,
      );
    else if (seen.has(name)) faults.add(at, `"${name}" is named twice`);
    else refer({ name, how: 'needs', path: at, text: name, offset: 0, said: name });
    seen.add(name);
  }
}

/** The condition without its braces; `null` where there is none, or it is not one. */
function checkCondition(value: Json | undefined, path: DocumentPath, reading: Reading): string | null {
  if (typeof value !== 'string') return null;
  const checked = checkText(value, path, reading);
  if (checked === null || !checked.isAlone) {
    reading.faults.add(path, 'if must be one expression and nothing else: ${{ … }}');
    return null;
  }
  const [only] = checked.expressions;
  if (only == null) return null;
  if (only.type !== 'bool' && only.type !== 'dyn')
    only.fault(
      `if must be true or false; the expression is ${sayType(only.type, reading.types)}: compare it with something`,
    );
  const parts = partsOf(value);
  const [part] = 'unclosedAt' in parts ? [] : parts;
  return part !== undefined && 'expression' in part ? part.expression : null;
}

function checkArguments(step: DraftStep, reading: Reading, { sources, steps, faults }: Checks): CheckedWith {
  const { kind, written, path } = step;
  const given = written['with'] ?? {};
  if (kind === null || !isSchema(given)) return { values: {}, takes: {}, dynamic: [] };
  const base = [...path, 'with'];
  const checked = checkWith(given, base, { kind, reading, sources: { ...sources, each: written['each'] } });
  for (const [key, name] of Object.entries(checked.takes)) {
    const other = steps.find((one) => one.name === name);
    const isSaid = step.connection === null || other?.connection == null; // that a connection is missing
    if (isSaid || other.connection === step.connection || kind.written.isPure) continue;
    faults.add(
      [...base, key],
      `${key} is of "${name}", which is on ${other.connection}, and this step is on ${step.connection}: ids of one platform mean nothing to another`,
    );
  }
  return checked;
}

/** Keys that a step has no use for are refused: they would be a promise that nobody keeps. */
function checkLimits({ written, path, kind, isLast }: DraftStep, faults: Faults): void {
  if (written['atOnce'] !== undefined && written['each'] === undefined)
    faults.add([...path, 'atOnce'], 'atOnce is of use with `each` alone', 'key');
  if (kind === null) return;
  if (written['tries'] !== undefined && !kind.written.isRepeatable)
    faults.add([...path, 'tries'], `tries: a ${kind.short} is never made again after it has failed`, 'key');
  if (isLast && kind.written.holdsBack)
    faults.add(
      [...path, 'uses'],
      `a ${kind.short} cannot stand under \`finally\`: the outcome is fixed there`,
    );
  if (kind.written.approves && written['each'] !== undefined)
    faults.add([...path, 'each'], 'an approval is for one deployment: it cannot have `each`', 'key');
  else if (kind.written.endsRun && written['each'] !== undefined)
    faults.add(
      [...path, 'each'],
      `\`${kind.short}\` cannot have \`each\`: an item of it would not end the run`,
      'key',
    );
}

function triesOf(tries: Json | undefined): { tries?: Tries } {
  const usual = { backoff: '1m', upTo: '10m' };
  if (typeof tries === 'number') return { tries: { count: tries, ...usual } };
  if (!isSchema(tries) || typeof tries['count'] !== 'number') return {};
  const { count, backoff, upTo, within } = tries;
  return {
    tries: {
      ...{ count, backoff: textOr(backoff, usual.backoff), upTo: textOr(upTo, usual.upTo) },
      ...(typeof within === 'string' && { within }),
    },
  };
}

const textOr = (value: Json | undefined, usual: string): string =>
  typeof value === 'string' ? value : usual;
