/** The compiler refuses a kind of step that is half done: `snapshot`, with one part of it taken away at a time. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = new URL('../../..', import.meta.url).pathname;

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

/** A program of these files and of those whose texts are given by path. What is not given is read once for all programs. */
function programOf(names: readonly string[], texts: ReadonlyMap<string, string>): ts.Program {
  const host = ts.createCompilerHost(options);
  const [getSourceFile, fileExists] = [host.getSourceFile.bind(host), host.fileExists.bind(host)];
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.getSourceFile = (path, ...more) => {
    const text = texts.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, ...more));
    return parsed.get(path);
  };
  before = ts.createProgram([...names], options, host, before);
  return before;
}

/** Beside the file that it is an edit of, which the others go on importing. */
const besideOf = ([file]: Edit, at: number): string => `${root}${file.replace(/\.ts$/, `-${at}.ts`)}`;

function withEdit([file, part, instead]: Edit): string {
  const text = readFileSync(`${root}${file}`, 'utf8');
  const changed = text.replace(part, instead);
  if (changed === text) throw new Error(`${file} has no such part any more`);
  return changed;
}

/** What the compiler says of a file, each in one line. */
const refusals = (program: ts.Program, path: string): string[] =>
  program
    .getSemanticDiagnostics(program.getSourceFile(path))
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

/** Of one program for all edits whose own file says what is wrong, because to build one is most of the work. */
const besides = new Map(
  edits.flatMap(([, edit], at) => (edit[3] === undefined ? [[besideOf(edit, at), withEdit(edit)]] : [])),
);
const whole = files.map((file) => `${root}${file}`);
const shared = programOf([...whole, ...besides.keys()], besides);

describe('a kind of step', () => {
  it('is whole as it is', () => {
    expect(whole.flatMap((path) => refusals(shared, path))).toEqual([]);
  });

  it.each(edits.map((edit, at) => [...edit, at] as const))('is refused that %s', (_, edit, message, at) => {
    const [file, , , told] = edit;
    const refused =
      told === undefined
        ? refusals(shared, besideOf(edit, at))
        : refusals(programOf(whole, new Map([[`${root}${file}`, withEdit(edit)]])), `${root}${told}`);
    expect(refused).toContainEqual(expect.stringMatching(message));
  });
});
