/** Ids and chance, both decided by the seed alone: the same requests make the same ids and durations. */
import { createHash } from 'node:crypto';

const hash = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('\u0000')).digest('hex');

/** The first eight digits of an id count up from here, as the seconds in a real object id do. */
const firstSecond = 0x66f0_0000;

/** What a seed decides. */
export interface Ids {
  /** A new object id: 24 hex digits, each greater than the one before. */
  next(): string;
  /** 32 hex digits for the MLflow run of a job. */
  mlflowRun(jobId: string): string;
  /** 40 hex digits for a commit. */
  commit(of: string): string;
  /** A UUID for an answer. Requests are not counted by `next`, so that polling moves no id. */
  request(): string;
  /** A UUID for something that has an id. */
  uuid(of: string): string;
  /** A secret that is shown once. */
  secret(of: string): string;
  /** A duration in milliseconds out of a range in seconds; always the same for the same object. */
  durationMs(of: string, seconds: readonly [number, number]): number;
}

const uuidOf = (digits: string): string =>
  [8, 12, 16, 20, 32].map((end, i) => digits.slice([0, 8, 12, 16, 20][i], end)).join('-');

/** The ids of one simulator. */
export function createIds(seed: number): Ids {
  let objects = 0;
  let requests = 0;
  return {
    next() {
      objects += 1;
      return (firstSecond + objects).toString(16) + hash(seed, 'object', objects).slice(0, 16);
    },
    mlflowRun: (jobId) => hash(seed, 'mlflow', jobId).slice(0, 32),
    commit: (of) => hash(seed, 'commit', of).slice(0, 40),
    request() {
      requests += 1;
      return uuidOf(hash(seed, 'request', requests));
    },
    uuid: (of) => uuidOf(hash(seed, 'uuid', of)),
    secret: (of) => hash(seed, 'secret', of),
    durationMs(of, [least, most]) {
      const chance = Number.parseInt(hash(seed, 'duration', of).slice(0, 8), 16) / 0xffff_ffff;
      return Math.round((least + chance * (most - least)) * 1000);
    },
  };
}
