/**
 * YAML, and with it JSON, that people have written: the one reader of configuration, inputs, definitions and worlds.
 *
 * What is wrong is told by name, line and column, and never by what stands there: a file that was meant to be another
 * one may hold anything, secrets included.
 */
import {
  LineCounter,
  type Node,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  parseDocument,
} from 'yaml';

/** More than any definition needs; a file beyond it is another file. */
export const maxDocumentBytes = 1024 * 1024;

/** How much larger than the file its content may become when every alias is replaced by what it stands for. */
const maxGrowth = 8;

/** More levels than anything that we take has. */
const maxDepth = 100;
const tooDeep = 'it is nested too deeply';

/** What one finds its anchor by grows with the square of their number. */
const maxAliases = 10_000;

/** A place in a document, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Thrown for what is no document; the message begins with its name. */
export class DocumentFault extends Error {
  /** Where, and what without its name and place; left out where it is about the whole. */
  readonly at: (Place & { readonly problem: string }) | undefined;

  constructor(message: string, at?: Place & { readonly problem: string }) {
    super(message);
    this.at = at;
  }
}

/** What a document says. */
export interface YamlDocument {
  readonly value: unknown;
  /** The line of a key, counted from 1; of the nearest above it when the key is not there. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
  /** Where a value begins, or its key; of the nearest above it when it is not there. */
  placeOf(path: readonly PropertyKey[], part?: 'key' | 'value'): Place;
  /** How a scalar is written, quotes included, and where that begins; `null` of what is none. */
  sourceOf(path: readonly PropertyKey[]): { readonly source: string; readonly offset: number } | null;
  placeAt(offset: number): Place;
}

type Parsed = ReturnType<typeof parseDocument>;
type Fault = Parsed['errors' | 'warnings'][number];

interface Parsing {
  /** By which errors call it. */
  readonly name: string;
  readonly maxBytes?: number;
  /** Whether a key may be `__proto__`: whoever reads it further says what is wrong with that. */
  readonly takesProto?: boolean;
}

/**
 * Reads one document. An anchor may be used any number of times, unless the whole would grow out of all proportion.
 *
 * @throws DocumentFault
 */
export function parseYaml(
  bytes: Uint8Array,
  { name, maxBytes = maxDocumentBytes, takesProto = false }: Parsing,
): YamlDocument {
  if (bytes.length > maxBytes) throw new DocumentFault(`${name} is larger than ${sizeOf(maxBytes)}`);
  const lines = new LineCounter();
  // Keys are compared below: the library compares each with each.
  const text = textOf(bytes, name);
  const document = withoutStacks(() =>
    parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      resolveKnownTags: false, // what JSON cannot hold is nothing that we take
      logLevel: 'error', // warnings are refused below, and not printed
    }),
  );
  const fail = (message: string, offset: number | undefined): never => {
    const { line, col } = lines.linePos(offset ?? 0);
    if (offset === undefined) throw new DocumentFault(`${name}: ${message}`);
    const at = { line, column: col, problem: message };
    throw new DocumentFault(`${name}: ${message} at line ${line}, column ${col}`, at);
  };
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) fail(describe(fault), fault.pos[0]);
  weigh(document, { maxWeight: Math.max(bytes.length, 65_536) * maxGrowth, takesProto, fail });
  return {
    value: document.toJS({ maxAliasCount: -1 }),
    lineOf: (path) => lineOf(document, lines, path),
    ...placesIn(document, lines, text),
  };
}

/** The library makes an error for each place that is wrong, of which one is told: their stacks take most of the time. */
function withoutStacks<T>(perform: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return perform();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function textOf(bytes: Uint8Array, name: string): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new DocumentFault(`${name} is UTF-16: save it as UTF-8`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DocumentFault(`${name} is not UTF-8 text`);
  }
  if (/[\0-\x08\x0e-\x1f]/.test(text))
    throw new DocumentFault(
      `${name} is not text: it holds bytes that no text has; is it UTF-16, or another file?`,
    );
  return text;
}

/** Faults of which the library quotes from the file, or says what is of use to programmers alone. */
const described: Readonly<Partial<Record<Fault['code'], string>>> = {
  BAD_DIRECTIVE: 'a directive is used that is not known',
  MULTIPLE_DOCS: 'it holds several documents, and one is read',
  TAG_RESOLVE_FAILED: 'a tag is used that is not known',
};

/** Without what the library quotes from the file. */
const describe = ({ code, message }: Fault): string =>
  /call stack/i.test(message)
    ? tooDeep
    : (described[code] ??
      (message.split('\n', 1)[0] ?? '')
        .replace(/(?:(?<=extra characters|escape sequence)| *:? *").*$/, '')
        .slice(0, 200));

interface Weighing extends Required<Pick<Parsing, 'takesProto'>> {
  readonly maxWeight: number;
  readonly fail: (message: string, offset: number | undefined) => never;
}

/** What a node comes to: about so many characters, with so many levels below it. */
interface Weight {
  readonly weight: number;
  readonly depth: number;
}

/** Refuses what would grow without end or in depth, before it is made: what an alias stands for is weighed once. */
function weigh(document: Parsed, weighing: Weighing): void {
  const { maxWeight, fail } = weighing;
  const known = new Map<Node, Weight | 'under way'>();
  let aliases = 0;
  const anchors = new Map<string, Node>(); // in the order of the file: an alias stands for the latest before it
  const weightOf = (node: unknown, level: number): Weight => {
    if (!isNode(node)) return { weight: 1, depth: 0 };
    const before = known.get(node);
    if (before === 'under way') return fail('an anchor is used within itself', node.range?.[0]);
    if (before !== undefined) return before;
    if (level > maxDepth) fail(tooDeep, node.range?.[0]);
    known.set(node, 'under way');
    if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    const own = weightOfOne(node, level);
    if (level + own.depth > maxDepth) fail(tooDeep, node.range?.[0]);
    if (own.weight > maxWeight) fail('its aliases make it many times as large as it is', node.range?.[0]);
    known.set(node, own);
    return own;
  };
  const weightOfOne = (node: Node, level: number): Weight => {
    if (isAlias(node)) {
      aliases += 1;
      if (aliases > maxAliases) fail(`it has more than ${maxAliases} aliases`, node.range?.[0]);
      const target = anchors.get(node.source);
      if (target === undefined) return fail('an alias without its anchor', node.range?.[0]);
      return weightOf(target, 0);
    }
    if (isScalar(node)) {
      if (typeof node.value === 'number' && !Number.isFinite(node.value))
        fail('a number is infinite, too large or none at all', node.range?.[0]);
      return { weight: 1 + (node.source?.length ?? 0), depth: 0 };
    }
    if (isMap(node)) checkKeys(node, weighing);
    let [weight, depth] = [1, 0];
    for (const item of isCollection(node) ? node.items : [])
      for (const part of isPair(item) ? [item.key, item.value] : [item]) {
        const inner = weightOf(part, level + 1);
        weight += inner.weight;
        depth = Math.max(depth, inner.depth + 1);
      }
    return { weight, depth };
  };
  weightOf(document.contents, 0);
}

function checkKeys(
  { items }: { readonly items: readonly { readonly key: unknown }[] },
  { takesProto, fail }: Weighing,
): void {
  const seen = new Set<unknown>();
  for (const { key } of items) {
    // Nor an alias, which would be the same key as another in disguise.
    if (!isScalar(key)) return fail('a key is no text', isNode(key) ? key.range?.[0] : undefined);
    const text = String(key.value);
    if (key.value === null) fail('a key is empty', key.range?.[0]);
    if (text === '<<' && key.type === 'PLAIN')
      fail(
        'there is no key "<<": an alias stands for a whole value here; write the keys out',
        key.range?.[0],
      );
    // Others would leave it out unseen.
    if (text === '__proto__' && !takesProto) fail('there is no key "__proto__"', key.range?.[0]);
    if (seen.has(text)) fail('the same key is there twice', key.range?.[0]);
    seen.add(text);
  }
}

function lineOf(document: Parsed, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}

/** Where what stands in a document. */
function placesIn(
  document: Parsed,
  lines: LineCounter,
  text: string,
): Pick<YamlDocument, 'placeOf' | 'sourceOf' | 'placeAt'> {
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const nodeAt = (path: readonly PropertyKey[]): unknown =>
    path.length === 0 ? document.contents : document.getIn(path, true);
  const keyAt = (path: readonly PropertyKey[]): unknown => {
    const parent = nodeAt(path.slice(0, -1));
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
      : undefined;
    return pair?.key;
  };
  const placeOf = (path: readonly PropertyKey[], part: 'key' | 'value' = 'value'): Place => {
    for (let length = path.length; length > 0; length -= 1) {
      const inner = path.slice(0, length);
      const isWhole = length === path.length;
      const node = (isWhole && part === 'value' ? undefined : keyAt(inner)) ?? nodeAt(inner);
      if (isNode(node) && node.range) return placeAt(node.range[0]);
    }
    const { contents } = document;
    return placeAt(isNode(contents) ? (contents.range?.[0] ?? 0) : 0);
  };
  const sourceOf = (path: readonly PropertyKey[]) => {
    const node = nodeAt(path);
    if (!isScalar(node) || !node.range) return null;
    const [offset, end] = node.range;
    return { source: text.slice(offset, end), offset };
  };
  return { placeOf, sourceOf, placeAt };
}

const sizeOf = (bytes: number): string =>
  bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MiB` : `${Math.round(bytes / 1024)} KiB`;
