/** Parsers of option values, and options that several commands share. */
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { parseDuration } from '../run/schedules/durations.js';
import { pipelineNamePattern } from '../run/ids.js';
import { isReservedName } from '../run/approvals/people.js';
import type { FolderParameter } from './folder.js';
import { type Parameter, parseParameter } from './input.js';

/** `2h` in milliseconds. */
export function durationMs(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === null) throw new InvalidArgumentError('Write a duration such as 30s, 5m, 2h or 3d.');
  return parsed;
}

/** A whole number from 1. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1.');
  return Number(text);
}

/** A whole number from 0. */
export function countOrNone(text: string): number {
  return text === '0' ? 0 : count(text);
}

/** A number above 0. */
export function positive(text: string): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number === 0) throw new InvalidArgumentError('Write a number above 0.');
  return number;
}

/** A number that a port can have. */
export const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;

/** A TCP port; 0 takes a free one. */
export function port(text: string): number {
  if (!isPort(text)) throw new InvalidArgumentError('Write a port from 0 to 65535; 0 takes a free one.');
  return Number(text);
}

/** The name of somebody who acts: none that would pass for an id, or for a part of Longhaul. */
export function actorName(text: string): string {
  if (!isReservedName(text)) return nonEmpty(text);
  throw new InvalidArgumentError(
    'It stands for a part of Longhaul, or for an id: write the name of a person.',
  );
}

/** `a,b` as a list. */
export function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.some((name) => name === '')) throw new InvalidArgumentError('Write names separated by commas.');
  return list;
}

/** The name of a pipeline, built-in or not. */
export function pipelineName(text: string): string {
  if (pipelineNamePattern.test(text)) return text;
  throw new InvalidArgumentError('Write the name of a pipeline, as `longhaul pipeline list` shows it.');
}

/** One more `key.path=value`. */
export function parameter(text: string, before: readonly Parameter[] = []): readonly Parameter[] {
  const parsed = parseParameter(text);
  if (parsed === null)
    throw new InvalidArgumentError('Write key.path=value, such as train.command="node train.js".');
  return [...before, parsed];
}

/** `--folder`, over those before. */
export function folderParameter(
  text: string,
  before: readonly FolderParameter[] = [],
): readonly FolderParameter[] {
  const at = text.indexOf('=');
  const path = text.slice(0, Math.max(0, at)).split('.');
  const folder = text.slice(at + 1);
  if (path.includes('') || folder === '')
    throw new InvalidArgumentError('Write key.path=folder, such as revision.files=./environment.');
  return [...before, { path, folder }];
}

/** A moment, with its zone. */
export function moment(text: string): Date {
  if (!z.iso.datetime({ offset: true }).safeParse(text).success)
    throw new InvalidArgumentError(
      'Write a time that there is, with its zone, such as 2027-01-31T06:00:00Z or 2027-01-31T07:00:00+01:00.',
    );
  return new Date(text);
}

/** Text that says something. */
export function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** `--timeout`, in milliseconds. */
export const timeoutOption = (): Option =>
  new Option(
    '--timeout <duration>',
    'stop waiting after this time, with exit code 6; the run goes on',
  ).argParser(durationMs);
