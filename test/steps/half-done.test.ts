/** The compiler refuses a kind of step that is half done: `snapshot`, with one part of it taken away at a time. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = new URL('../..', import.meta.url).pathname;

/** A part of a file, what stands there instead, and in which file the compiler says so; left out, in this one. */
type Edit = readonly [file: string, part: string | RegExp, instead: string, told?: string];

const step = 'src/steps/domino/snapshot.ts';
const effects = 'src/activities/domino/snapshot.ts';
const rooms = 'src/activities/domino/rooms.ts';
const port = 'src/steps/domino/snapshots.ts';
const undoings = 'src/steps/domino/undoings.ts';
const wing = 'src/activities/domino/index.ts';
const files = [step, effects, rooms, port, undoings, wing];

const config = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)).config as object;
const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
const parsed = new Map<string, ts.SourceFile | undefined>();
let before: ts.Program | undefined;

/** A program of these files, with one of them edited. What is not edited is read once for all programs. */
function programOf(edit?: Edit): ts.Program {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...more) => {
    if (edit !== undefined && path === `${root}${edit[0]}`)
      return ts.createSourceFile(path, withEdit(edit), ts.ScriptTarget.ES2023, true);
    if (!parsed.has(path)) parsed.set(path, parse(path, ...more));
    return parsed.get(path);
  };
  const names = files.map((file) => `${root}${file}`);
  before = ts.createProgram(names, options, host, before);
  return before;
}

function withEdit([file, part, instead]: Edit): string {
  const text = readFileSync(`${root}${file}`, 'utf8');
  const changed = text.replace(part, instead);
  if (changed === text) throw new Error(`${file} has no such part any more`);
  return changed;
}

/** What the compiler says of a file, each in one line. */
const refusals = (program: ts.Program, file: string): string[] =>
  program
    .getSemanticDiagnostics(program.getSourceFile(`${root}${file}`))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ').replaceAll(/\s+/g, ' '));

const edits: readonly (readonly [what: string, edit: Edit, message: RegExp])[] = [
  ['does nothing', [step, /  perform: async .*\n  },\n/s, ''], /Property 'perform' is missing/],
  [
    'has an output that a person cannot supply: it has no such key',
    [step, "holds: { datasetId: 'an id', snapshotId", "holds: { datasetId: 'an id', snapshot"],
    /'snapshot' does not exist in type/,
  ],
  [
    'is the same by a key that its output does not have',
    [step, "sameBy: ['snapshotId']", "sameBy: ['id']"],
    /'"id"' is not assignable/,
  ],
  [
    'is told from a history by an effect that there is not',
    [step, "output: ['awaitSnapshot']", "output: ['awaitSnapshots']"],
    /'"awaitSnapshots"' is not assignable/,
  ],
  ['cannot be planned', [effects, /  foresee: async .*?\n  },\n/s, ''], /Property 'foresee' is missing/],
  [
    'cannot be planned before what it is made from is known',
    [effects, /  unforeseen: .*\n/, ''],
    /Property 'unforeseen' is missing/,
  ],
  [
    'is known by nobody who plans',
    [rooms, "  'domino.snapshot': snapshot,\n", ''],
    /Property ''domino.snapshot'' is missing|Property '"domino.snapshot"' is missing/,
  ],
  [
    'is undone by an effect that there is not',
    [port, /  sweepSnapshots\(.*\n/, '', step],
    /'"sweepSnapshots"' is not assignable/,
  ],
  [
    'is undone by an effect of which nobody knows what it is about',
    [undoings, /  sweepSnapshots: .*\n/, ''],
    /Property 'sweepSnapshots' is missing/,
  ],
  [
    'calls effects that no worker has',
    [wing, /      \.\.\.createSnapshotActivities.*\n/, ''],
    /missing the following properties from type 'DominoEffects': getNewestSnapshot/,
  ],
];

describe('a kind of step', () => {
  it('is whole as it is', () => {
    const program = programOf();
    expect(files.flatMap((file) => refusals(program, file))).toEqual([]);
  });

  it.each(edits)('is refused that %s', (_, edit, message) => {
    expect(refusals(programOf(edit), edit[3] ?? edit[0])).toContainEqual(expect.stringMatching(message));
  });
});
