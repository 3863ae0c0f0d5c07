/** Definitions of schedules as files of a directory: all of them are read and checked, or none counts. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckedSchedule } from '../../client.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { readDocument } from '../input.js';
import { Stop, errorMessage, usage } from '../stop.js';

/** A definition and where it stands. */
export interface ScheduleFile {
  readonly path: string;
  readonly document: unknown;
  readonly checked: CheckedSchedule;
}

/**
 * The definitions of a directory, by name. Throws `Stop` that tells every fault of every file, and when there is no
 * definition: with `--prune`, an empty directory would delete everything.
 */
export async function readSchedules(
  directory: string,
  check: (document: unknown) => CheckedSchedule,
): Promise<ScheduleFile[]> {
  const files: ScheduleFile[] = [];
  const faults: string[] = [];
  for (const path of await definitionsIn(directory)) {
    try {
      const document = await readDocument(path);
      files.push({ path, document, checked: check(document) });
    } catch (error) {
      if (!(error instanceof LonghaulError) && !(error instanceof Stop)) throw error;
      faults.push(error instanceof Stop ? error.message : `${path}: ${error.message}`);
    }
  }
  const seen = new Map<string, string>();
  for (const { path, checked } of files) {
    const first = seen.get(checked.name);
    if (first !== undefined) faults.push(`${path}: name: "${checked.name}" is the name in ${first} too`);
    seen.set(checked.name, path);
  }
  if (faults.length > 0)
    throw usage(`${faults.join('\n')}\nnothing was changed`, 'Correct the files that are named.');
  if (files.length === 0) throw usage(`${directory} holds no .yaml, .yml or .json file`);
  return files.sort((a, b) => (a.checked.name < b.checked.name ? -1 : 1));
}

async function definitionsIn(directory: string): Promise<string[]> {
  try {
    const names = await readdir(directory);
    return names
      .filter((name) => /\.(ya?ml|json)$/.test(name))
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    throw usage(`${directory} cannot be read: ${errorMessage(error)}`);
  }
}
