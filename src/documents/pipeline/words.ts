/** Words of other tools, with ours: what `check` answers to somebody who brings them along, and what the guide lists. */

/** Keys of steps and documents. */
const foreignKeys: Readonly<Record<string, string>> = {
  jobs: 'use `steps`',
  tasks: 'use `steps`',
  do: 'use `steps`',
  inputs: 'use `input`',
  name: 'the key of the step is its name; use `pipeline` for the name of the document',
  id: 'the key of the step is its name',
  type: 'use `uses`',
  call: 'use `uses`',
  run: 'use `uses: job` with `command`',
  template: 'use `uses`',
  arguments: 'use `with`',
  when: 'use `if`',
  runIf: 'use `if`',
  depends: 'use `needs`',
  dependsOn: 'use `needs`',
  dependencies: 'use `needs`',
  matrix: 'use `each`',
  strategy: 'use `each`',
  withItems: 'use `each`',
  withParam: 'use `each`',
  for: 'use `each`',
  'max-parallel': 'use `atOnce`',
  parallelism: 'use `atOnce`',
  concurrencyLimit: 'use `atOnce`',
  'fail-fast': 'use `onFailure: stop` or `continue`',
  failFast: 'use `onFailure: stop` or `continue`',
  'continue-on-error': 'use `onFailure: continue`',
  continueOn: 'use `onFailure: continue`',
  allowFailure: 'use `onFailure: continue`',
  timeout: 'use `within`',
  'timeout-minutes': 'use `within: 30m`',
  activeDeadlineSeconds: 'use `within`',
  retry: 'use `tries`: all of them, the first included',
  retries: 'use `tries`: all of them, the first included',
  retryStrategy: 'use `tries`: all of them, the first included',
  onExit: 'use `finally`',
  errors: 'use `finally`',
  afterExecution: 'use `finally`',
  on: 'leave it out: schedules, and webhooks of longhaul.yaml, name the pipeline that they start',
};

/** Kinds of steps. */
const foreignKinds: Readonly<Record<string, string>> = {
  run: 'use `uses: job` with `command`',
  script: 'use `uses: job` with `command`',
  container: 'use `uses: job` with `command`',
  sleep: 'use `uses: pause`',
  suspend: 'use `uses: pause`, or `uses: approve` to wait for a person',
  wait: 'use `uses: pause`, or `uses: approve` to wait for a person',
  listen: 'use `uses: approve` to wait for a person',
  request: 'use `uses: http`',
  subflow: 'use `uses: pipeline`',
  workflow: 'use `uses: pipeline`',
  switch: 'use `if` on each of the steps',
  fork: 'leave it out: steps run at once unless one needs another',
  parallel: 'leave it out: steps run at once unless one needs another',
};

/** What expressions name. */
const foreignNames: Readonly<Record<string, string>> = {
  inputs: 'use `input`',
  each: 'use `item`',
  matrix: 'use `item`',
  taskrun: 'use `item`',
  needs: 'use `steps`',
  tasks: 'use `steps`',
  outputs: 'use `steps`',
  workflow: 'use `run`',
  github: 'use `run` and `input`',
};

/** What expressions call. */
const foreignCalls: Readonly<Record<string, string>> = {
  always: 'put the step under `finally`',
  success: 'leave it out: a step runs where what it reads has succeeded',
  failure: 'test `steps.NAME.state`, or put the step under `finally`',
  cancelled: 'put the step under `finally`, and test `run.outcome`',
  fromJSON: 'leave it out: values keep their types',
  toJSON: 'leave it out: values keep their types',
  format: 'write the text with `${{ }}` in it',
  now: 'use `run.startedAt`: a replay must come to the same value',
};

const of = (table: Readonly<Record<string, string>>, word: string): string | null =>
  Object.hasOwn(table, word) ? (table[word] ?? null) : null;

/** What to write in the place of a key that is not ours; `null` where nobody else has it. */
export const insteadOfKey = (key: string): string | null => of(foreignKeys, key);
/** The same of a kind of step. */
export const insteadOfKind = (uses: string): string | null => of(foreignKinds, uses.toLowerCase());
export const insteadOfName = (name: string): string | null => of(foreignNames, name);
export const insteadOfCall = (name: string): string | null => of(foreignCalls, name);

/** Nobody misspells longer ones, and comparing them takes long. */
const longestWord = 100;

/** The known word that was probably meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > longestWord) return null;
  const most = Math.min(word.length - 1, Math.max(1, Math.floor(word.length / 3)));
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter((one) => one.distance <= most)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate ?? null;
}

/** What is there in its place: the probable word, else all that there is. */
export function sayKnown(word: string, known: readonly string[], what: string): string {
  const meant = nearest(word, known);
  if (meant !== null) return `did you mean "${meant}"?`;
  if (known.length === 0) return `there are no ${what}`;
  const shown = known.slice(0, 20).join(', ');
  return `the ${what} are ${shown}${known.length > 20 ? ` and ${known.length - 20} more` : ''}`;
}

/** How many letters must be changed, added, left out or swapped with their neighbour. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  const cell = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          cell(i - 1, j) + 1,
          cell(i, j - 1) + 1,
          cell(i - 1, j - 1) + cost,
          isSwapped ? cell(i - 2, j - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return cell(a.length, b.length);
}

/** Words that a name in an expression cannot be, and names that every object of JavaScript has. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...(
    'as break const continue else false for function if import in let loop namespace null package return true ' +
    'var void while'
  ).split(' '),
  ...Object.getOwnPropertyNames(Object.prototype),
]);

/** Fields that Longhaul gives each step. */
export const ownFields: readonly string[] = ['state', 'items', 'counts'];
