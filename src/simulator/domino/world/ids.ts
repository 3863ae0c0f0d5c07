/** Domino's ids. */
import { type Chance, createChance } from '../../chance.js';

/** The first eight digits of an id count up from here, as the seconds in a real object id do. */
const firstSecond = 0x66f0_0000;

/** What a seed decides. */
export interface Ids extends Pick<Chance, 'request' | 'durationMs'> {
  /** A new object id: 24 hex digits, each greater than the one before. */
  next(): string;
  /** 32 hex digits for the MLflow run of a job. */
  mlflowRun(jobId: string): string;
  /** 40 hex digits for a commit. */
  commit(of: string): string;
  /** A UUID for something that has an id. */
  uuid(of: string): string;
  /** A secret that is shown once. */
  secret(of: string): string;
}

/** The ids of one simulator. */
export function createIds(seed: number): Ids {
  const { digits, uuid, request, durationMs } = createChance(seed);
  let objects = 0;
  return {
    next() {
      objects += 1;
      return (firstSecond + objects).toString(16) + digits('object', objects).slice(0, 16);
    },
    mlflowRun: (jobId) => digits('mlflow', jobId).slice(0, 32),
    commit: (of) => digits('commit', of).slice(0, 40),
    uuid: (of) => uuid('uuid', of),
    secret: (of) => digits('secret', of),
    request,
    durationMs,
  };
}
