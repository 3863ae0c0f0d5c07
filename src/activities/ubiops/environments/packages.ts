/**
 * Packages of files. What is built is known by its content: the same files always become the same bytes, whatever their
 * order, their time and the machine. Nothing is compressed, so that no other version of a library makes other bytes of them.
 */
import { hash } from 'node:crypto';
import { type Unzipped, strToU8, unzipSync, zipSync } from 'fflate';

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

/** Makes a package of texts by their paths. */
export const packageOf = (files: Readonly<Record<string, string>>): Package => {
  const bytes = zipped(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)])),
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
 * The content of an archive that is read back: of what it holds, for the platform may pack it anew. Of what is no archive of
 * files, its bytes.
 */
export function contentOf(bytes: Uint8Array): string {
  const files = filesIn(bytes);
  return sha256Of(files === null ? bytes : zipped(files));
}

/** The files of an archive, without its directories; `null` where it is none, or holds more than a package may. */
function filesIn(bytes: Uint8Array): Unzipped | null {
  let total = 0;
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        return total <= mostUnzippedBytes && !name.endsWith('/');
      },
    });
    return total > mostUnzippedBytes ? null : files;
  } catch {
    return null;
  }
}
