/**
 * What we know to exist is not gone because one answer says so: a replica lags behind, a deployment restarts. Effects that
 * ask for nothing else are patient, and then a person is asked; a run that ended for it would leave its own behind.
 */
import type { FailureCode } from '../../run/failures/errors.js';
import { PlatformError } from '../../platform/errors.js';
import type { Attempt } from './attempt.js';

/** Answers to a question about an object that say that the question makes no sense. */
const denials: readonly FailureCode[] = ['NOT_FOUND', 'REQUEST_REJECTED', 'CONFLICT'];

type Perform<I, O> = (input: I, attempt: Attempt) => Promise<O>;

/** An effect that asks for what is known to exist, and creates nothing: whatever denies it is `OBJECT_MISSING`. */
export function ofKnown<I, O>(perform: Perform<I, O>): Perform<I, O> {
  return (input, attempt) =>
    perform(input, attempt).catch((error: unknown) => {
      throw isOf(error, denials) ? missing(error) : error;
    });
}

/**
 * A creation from what is known to exist: 404 is `OBJECT_MISSING`, unless the platform’s own words name what only the input
 * does. Any other refusal is one of what is asked.
 */
export function fromKnown<I, O>(
  perform: Perform<I, O>,
  givenIn: (input: I) => readonly (string | undefined)[] = () => [],
): Perform<I, O> {
  return (input, attempt) =>
    perform(input, attempt).catch((error: unknown) => {
      if (!isOf(error, ['NOT_FOUND'])) throw error;
      const said = error.said ?? error.message; // what our own messages name, they mean
      const isGiven = givenIn(input).some((name) => name !== undefined && said.includes(name));
      throw isGiven ? error : missing(error);
    });
}

/** Reads what is known to exist: 404 is `OBJECT_MISSING`. */
export async function readKnown<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw isOf(error, ['NOT_FOUND']) ? missing(error) : error;
  }
}

/** Reads what may be there; `null` where the platform says that it is not. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (isOf(error, ['NOT_FOUND'])) return null;
    throw error;
  }
}

const isOf = (error: unknown, codes: readonly FailureCode[]): error is PlatformError =>
  error instanceof PlatformError && codes.includes(error.code);

const missing = ({ message, status, retryAfterMs }: PlatformError): PlatformError =>
  new PlatformError('OBJECT_MISSING', `${message}; it was there before`, { status, retryAfterMs });
