/**
 * Packages of files. What is built is known by its content: the same files always become the same bytes, whatever their
 * order, their time and the machine. Nothing is compressed, so that no other version of a library makes other bytes of them.
 */
import { hash } from 'node:crypto';
import { type Unzipped, strToU8, unzipSync, zipSync } from 'fflate';
import { PlatformError } from '../../../platform/errors.js';
import { withUnixLineEnds } from '../../../run/documents/line-ends.js';

/** More than any set of dependency files; a Docker image is none. */
const mostUnzippedBytes = 64 * 1024 * 1024;

/** A package as it is sent. */
export interface Package {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The SHA-256 of its files, 64 hexadecimal digits: the same for every archive that holds them. */
  readonly content: string;
}

/** The earliest time that an archive can state, by whichever clock: the library writes local time. */
const fixedTime = (): Date => new Date(1980, 0, 1);

/** Makes a package of texts by their paths. Editors differ in the ends of lines, which nobody sees: they are no other content. */
export const packageOf = (files: Readonly<Record<string, string>>): Package => {
  const bytes = zipped(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(withUnixLineEnds(text))])),
  );
  return { bytes, content: sha256Of(bytes) };
};

function zipped(files: Unzipped): Uint8Array<ArrayBuffer> {
  const sorted = Object.keys(files).sort();
  const bytes = zipSync(Object.fromEntries(sorted.map((path) => [path, files[path] ?? new Uint8Array()])), {
    level: 0,
    mtime: fixedTime(),
    os: 3,
    attrs: 0o100644 << 16,
  });
  return new Uint8Array(bytes);
}

const sha256Of = (bytes: Uint8Array): string => hash('sha256', bytes);

/**
 * The content of an archive that is read back: of what it holds, for the platform may pack it anew. Of a Docker image, and of
 * a ZIP that holds more than a package may, its bytes.
 * @throws PlatformError `ANSWER_UNEXPECTED` for what is no archive, such as a page of something in between
 */
export function contentOf(bytes: Uint8Array): string {
  const files = filesIn(bytes);
  if (typeof files === 'object') return sha256Of(zipped(files));
  if (files === 'more' || isImage(bytes)) return sha256Of(bytes);
  throw new PlatformError(
    'ANSWER_UNEXPECTED',
    'what was answered as a package is neither a ZIP nor a tar archive, so it does not say what the package holds',
  );
}

/** A file of a package. */
export interface PackagedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** The files of a ZIP that is read back, by path; `null` of one that holds more than a package may, and of what is none. */
export function packagedFiles(bytes: Uint8Array): Readonly<Record<string, PackagedFile>> | null {
  const files = filesIn(bytes);
  if (typeof files !== 'object') return null;
  return Object.fromEntries(
    Object.entries(files).map(([path, file]) => [path, { bytes: file.length, sha256: sha256Of(file) }]),
  );
}

/** The files of an archive, without its directories; `more` where it holds more than a package may, `none` where it is none. */
function filesIn(bytes: Uint8Array): Unzipped | 'more' | 'none' {
  let total = 0;
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        return total <= mostUnzippedBytes && !name.endsWith('/');
      },
    });
    return total > mostUnzippedBytes ? 'more' : files;
  } catch {
    return 'none';
  }
}

/** The first bytes of what a Docker image may be compressed with: gzip, bzip2, xz, Zstandard. */
const compressed = ['1f8b', '425a68', 'fd377a585a00', '28b52ffd'];
/** Where a tar archive names its format. */
const tarMagic = { at: 257, text: 'ustar' } as const;

function isImage(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.toString('latin1', tarMagic.at, tarMagic.at + tarMagic.text.length);
  return magic === tarMagic.text || compressed.some((start) => view.toString('hex', 0, 6).startsWith(start));
}
