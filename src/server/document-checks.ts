/**
 * Checks documents that callers send, in a thread beside the server's own: how long a check takes is up to whoever wrote the
 * document, and nobody else waits for it.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Principal } from '../access/principal.js';
import type { Documents } from '../client.js';
import type { PipelineFault } from '../documents/pipeline/faults.js';
import { LonghaulError } from '../run/failures/errors.js';
import { createPlaces } from './following/places.js';

/** A document, and what its caller may know of the configuration. */
export interface AskedCheck {
  readonly text: string;
  /** Connections that it may name. */
  readonly connections: ReadonlyMap<
    string,
    { readonly platform: string | null; readonly dialect: string | null }
  >;
  /** The methods of services. */
  readonly services: ReadonlyMap<string, readonly string[]>;
  /** Whether faults may list the services. */
  readonly listsServices: boolean;
  /** The names of documents that it may run. */
  readonly documents: readonly string[];
}

/** What a check has found. */
export type FoundByCheck =
  | { readonly ok: true; readonly pipeline: string; readonly warnings: readonly FoundFault[] }
  | { readonly ok: false; readonly faults: readonly FoundFault[] };

type FoundFault = Omit<PipelineFault, 'file'>;

export interface DocumentChecks {
  /**
   * Checks a document, after those that were asked for before.
   * @throws LonghaulError `SERVER_BUSY`; `REQUEST_MALFORMED` of a document that takes more time or memory than a check may
   */
  check(asked: AskedCheck, caller: Principal): Promise<FoundByCheck>;
  /** Ends the thread, and with it what it is checking. */
  close(): Promise<void>;
}

/** How many may be asked for at once. */
const mostAtOnce = 16;
/** A document of 200 steps takes 60 ms, and nearly all that are made to be slow take less than this. */
const checkWithinMs = 5_000;
const idleForMs = 60_000;
const heapMb = 256;

export interface DocumentCheckOptions {
  /** All that are configured. */
  readonly documents: Documents;
  /** How long one may take. */
  readonly withinMs?: number;
  /** How long the thread is kept for the next one. */
  readonly idleMs?: number;
  readonly threadFile?: URL;
}

/** There is no thread before the first check. */
export function createDocumentChecks({
  documents,
  withinMs = checkWithinMs,
  idleMs = idleForMs,
  threadFile = new URL('./check-thread.js', import.meta.url),
}: DocumentCheckOptions): DocumentChecks {
  const places = createPlaces({
    max: mostAtOnce,
    sayOwn: (own) => `this server has ${own} of your documents to check`,
    sayAll: (all) => `this server has ${all} documents to check`,
  });
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  /** Of the check under way. */
  let breakingOff = new AbortController();

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ended = thread;
    thread = undefined;
    await ended?.terminate();
  };
  const checkNow = async (asked: AskedCheck): Promise<FoundByCheck> => {
    clearTimeout(idle);
    breakingOff = new AbortController();
    const { signal } = breakingOff;
    let late: NodeJS.Timeout | undefined;
    try {
      if (isClosed) throw new Error('closed before it began');
      if (thread === undefined) {
        thread = createThread(threadFile, documents);
        thread.once('error', () => (thread = undefined));
        await once(thread, 'message', { signal }); // it is ready
      }
      late = setTimeout(() => breakingOff.abort(), withinMs);
      thread.postMessage(asked);
      const [found] = (await once(thread, 'message', { signal })) as [FoundByCheck]; // it answers nothing else
      idle = setTimeout(() => void end(), idleMs).unref();
      return found;
    } catch (cause) {
      await end();
      if (isClosed) throw new LonghaulError('SERVER_BUSY', 'this server is stopping', { cause });
      throw signal.aborted || isOutOfMemory(cause) ? tooMuch(withinMs, cause) : cause;
    } finally {
      clearTimeout(late);
    }
  };
  return {
    check: async (asked, caller) => {
      const leave = places.take(caller);
      const found = last.then(() => checkNow(asked)).finally(leave);
      last = found.catch(() => undefined);
      return found;
    },
    close: async () => {
      isClosed = true;
      breakingOff.abort();
      await last;
      await end();
    },
  };
}

/** It has nothing of this process but the documents: no environment, no output, and no say in when it ends. */
function createThread(file: URL, documents: Documents): Worker {
  const thread = new Worker(file, {
    workerData: documents,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  thread.unref();
  return thread;
}

const isOutOfMemory = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

function tooMuch(withinMs: number, cause: unknown): LonghaulError {
  const detail = `takes more than ${withinMs / 1_000} s or ${heapMb} MB to check: make it smaller, and its patterns simpler`;
  return new LonghaulError('REQUEST_MALFORMED', `the document ${detail}`, {
    cause,
    fields: [{ pointer: '/document', detail }],
  });
}
