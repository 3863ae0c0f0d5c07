/** What is uploaded: kept as it is, and read as far as its dependency files. */
import { inflateRawSync } from 'node:zlib';
import { Refusal } from '../errors.js';
import type { Form, FormFile } from '../forms.js';
import type { Stored } from '../stored.js';
import type { Simulation } from './world/simulation.js';
import type { Environment, Package } from './world/state.js';
import type { Build } from './world/timelines.js';

/** Files that say what an environment is made of. */
const dependencyFiles = ['requirements.txt', 'ubiops.yaml', 'install_packages.R', 'environment.yaml'];
/** More of a dependency file is not looked at. */
const maxTextBytes = 256 * 1024;

/** A file of a form. */
export function fileIn({ fields }: Form, name = 'file'): FormFile | undefined {
  const value = fields[name];
  return typeof value === 'object' ? value : undefined;
}

/** A text of a form; empty counts as absent. */
export function textIn({ fields }: Form, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A package out of an uploaded file. */
export async function packageOf({ name, type, content }: FormFile): Promise<Package> {
  const entries = await entriesOf(content);
  const dependencies = [];
  for (const entry of entries) {
    // At the top, or in the one folder that the vendor's command line puts around everything.
    const [file, ...above] = entry.name.split('/').reverse();
    if (file === undefined || above.length > 1 || !dependencyFiles.includes(file)) continue;
    dependencies.push({ name: file, content: (await readEntry(content, entry)).toString('utf8') });
  }
  return { name, type, content, dependencies };
}

/** A file in a ZIP archive. */
export interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headAt: number;
}

/** The end of an archive says where its table of contents is; a comment may stand after it. */
const maxEndBytes = 66_000;

const damaged = (what: string): Refusal => new Refusal(400, `The package is damaged: ${what}`);

/**
 * The files of an archive; none where it is no ZIP.
 *
 * @throws Refusal 400 where its table of contents is not within it
 */
export async function entriesOf(content: Stored): Promise<Entry[]> {
  const tailAt = Math.max(0, content.size - maxEndBytes);
  const tail = await content.read(tailAt);
  const end = tail.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end === -1 || end + 20 > tail.length) return [];
  const [size, at] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (at + size > content.size) throw damaged('its table of contents is not within it');
  const table = await content.read(at, size);
  const entries: Entry[] = [];
  for (let from = 0; from + 46 <= table.length && table.readUInt32LE(from) === 0x0201_4b50;) {
    const [named, extra, comment] = [28, 30, 32].map((offset) => table.readUInt16LE(from + offset));
    const name = table.subarray(from + 46, from + 46 + (named ?? 0)).toString('utf8');
    entries.push({
      name,
      method: table.readUInt16LE(from + 10),
      packedSize: table.readUInt32LE(from + 20),
      size: table.readUInt32LE(from + 24),
      headAt: table.readUInt32LE(from + 42),
    });
    from += 46 + (named ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return entries.filter(({ name }) => !name.endsWith('/'));
}

/**
 * The bytes of a file in an archive, of which no more than so many are looked at.
 *
 * @throws Refusal 400 for an archive that is damaged
 */
export async function readEntry(content: Stored, entry: Entry, maxBytes = maxTextBytes): Promise<Buffer> {
  if (entry.headAt + 30 > content.size) throw damaged(`${entry.name} is not within it`);
  const head = await content.read(entry.headAt, 30);
  const dataAt = entry.headAt + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const packed = await content.read(dataAt, Math.min(entry.packedSize, maxBytes));
  if (entry.method === 0) return packed;
  try {
    return inflateRawSync(packed, { maxOutputLength: maxBytes });
  } catch {
    throw damaged(`${entry.name} cannot be unpacked`);
  }
}

/** How the build of a package goes: by the world's first rule that matches, else by what is in it. */
export function outcomeOf(
  simulation: Simulation,
  uploaded: Package,
  { needs }: { readonly needs: 'dependencies' | 'image' | 'nothing' },
): Pick<Build, 'error' | 'log'> {
  const text = [uploaded.name, ...uploaded.dependencies.map(({ content }) => content)].join('\n');
  const rule = simulation.world.builds.find((one) => one.package.test(text) && takeOne(simulation, one));
  const lines = uploaded.dependencies.flatMap(({ name, content }) => [
    `reading ${name}`,
    ...content.split('\n'),
  ]);
  if (rule !== undefined) return { error: rule.error, log: rule.log ?? [...lines, rule.error] };
  const error = lacking(uploaded, needs);
  return { error, log: [...lines, error === '' ? 'the build has succeeded' : error] };
}

function lacking({ name, dependencies }: Package, needs: string): string {
  if (needs === 'dependencies' && dependencies.length === 0) return 'Could not find the requirements file';
  if (needs === 'image' && !/\.tar(\.gz)?$|\.tgz$/.test(name)) return 'The file is no Docker image';
  return '';
}

/** How often each rule has been taken. */
const taken = new WeakMap<Simulation['state'], Map<object, number>>();

/** Whether a rule may be taken once more; it counts as taken then. */
export function takeOne({ state }: Simulation, rule: { readonly times?: number | undefined }): boolean {
  const counts = taken.get(state) ?? new Map<object, number>();
  taken.set(state, counts);
  const count = counts.get(rule) ?? 0;
  if (count >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
  counts.set(rule, count + 1);
  return true;
}

/** What an upload to an environment must have in it. */
export const neededBy = ({ base }: Pick<Environment, 'base'>): 'dependencies' | 'image' =>
  base === null ? 'image' : 'dependencies';
