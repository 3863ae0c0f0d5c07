/**
 * Checks documents that callers send, in a process beside the server's own: how long a check takes and how much memory is up to
 * whoever wrote the document, and nobody else waits for it. No thread: V8 aborts the whole process when a thread lacks memory, and
 * `--max-old-space-size` of the process counts for its threads, whatever limit they are given.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Principal } from '../access/principal.js';
import type { Documents } from '../client.js';
import type { PipelineFault } from '../documents/pipeline/faults.js';
import { LonghaulError } from '../run/failures/errors.js';
import { createPlaces } from './following/places.js';
import { createRoundRobin } from './round-robin.js';

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
   * Checks a document when it is its caller's turn, unless the caller has gone.
   * @throws LonghaulError `SERVER_BUSY`; `REQUEST_MALFORMED` of a document that takes more time or memory than a check may
   */
  check(asked: AskedCheck, caller: Principal, isGone?: () => boolean): Promise<FoundByCheck>;
  /** Ends the process, and with it what it is checking. */
  close(): Promise<void>;
}

/** How many may be asked for at once. */
const mostAtOnce = 16;
/** A document of 200 steps takes 60 ms, and nearly all that are made to be slow take less than this. */
const checkWithinMs = 5_000;
/** It takes half a second where the machine has a core for it. */
const startWithinMs = 30_000;
const idleForMs = 60_000;
/** Nothing of 256 KB is known to take more. */
const heapMb = 256;

export interface DocumentCheckOptions {
  /** All that are configured. */
  readonly documents: Documents;
  /** How long one may take. */
  readonly withinMs?: number;
  /** How long the process may take to start. */
  readonly readyWithinMs?: number;
  /** How long the process is kept for the next one. */
  readonly idleMs?: number;
  readonly processFile?: URL;
}

/** There is no process before the first check. */
export function createDocumentChecks({
  documents,
  withinMs = checkWithinMs,
  readyWithinMs = startWithinMs,
  idleMs = idleForMs,
  processFile = new URL('./check-process.js', import.meta.url),
}: DocumentCheckOptions): DocumentChecks {
  const places = createPlaces({
    max: mostAtOnce,
    sayOwn: (own) => `this server has ${own} of your documents to check`,
    sayAll: (all) => `this server has ${all} documents to check`,
  });
  const turns = createRoundRobin();
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  let checker: Checker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let underWay: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ended = checker;
    checker = undefined;
    await ended?.end();
  };
  /** What it answers to a message; it is ended where it does not. */
  const ask = async (
    message: unknown,
    limitMs: number,
    tooLate: (cause: unknown) => LonghaulError,
  ): Promise<unknown> => {
    const late = new AbortController();
    let limit: NodeJS.Timeout | undefined;
    try {
      if (isClosed()) throw stopping();
      checker ??= createChecker(processFile);
      limit = setTimeout(() => {
        late.abort();
        void end();
      }, limitMs);
      return await checker.ask(message);
    } catch (cause) {
      await end();
      if (isClosed()) throw stopping(cause);
      if (late.signal.aborted || cause instanceof OutOfMemory) throw tooLate(cause);
      throw cause;
    } finally {
      clearTimeout(limit);
    }
  };
  const checkNow = async (asked: AskedCheck): Promise<FoundByCheck> => {
    clearTimeout(idle);
    if (checker?.isThere() === false) checker = undefined; // it has died while it was idle
    if (checker === undefined) await ask(documents, readyWithinMs, notReady);
    const found = await ask(asked, withinMs, (cause) => tooMuch(withinMs, cause));
    idle = setTimeout(() => void end(), idleMs).unref();
    return found as FoundByCheck; // it answers nothing else
  };
  return {
    check: async (asked, caller, isGone) => {
      const leave = places.take(caller);
      const turn = turns.take(`${caller.kind} ${caller.id}`, async () => {
        if (isGone?.() === true) throw new LonghaulError('SERVER_BUSY', 'its caller has gone meanwhile');
        const found = checkNow(asked);
        underWay = found.catch(() => undefined);
        return found;
      });
      return turn.finally(leave);
    },
    close: async () => {
      closing.abort();
      await end();
      await underWay;
    },
  };
}

interface Checker {
  isThere(): boolean;
  /** The next that it says, after a message. It rejects where it ends. */
  ask(message: unknown): Promise<unknown>;
  end(): Promise<void>;
}

/** It has nothing of this process but what it is sent: no environment, no output, no options of Node. */
function createChecker(file: URL): Checker {
  const child = fork(file, {
    env: {},
    execArgv: [`--max-old-space-size=${heapMb}`],
    serialization: 'advanced', // maps too
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('error', () => undefined); // whoever asks is told; with nobody who asks, it only has to start anew
  child.unref();
  child.channel?.unref();
  const isThere = (): boolean => child.exitCode === null && child.signalCode === null && child.connected;
  return {
    isThere,
    ask: async (message) => {
      const done = new AbortController();
      const until = { signal: done.signal };
      const answer = once(child, 'message', until); // rejects of an `error` too
      const exit = once(child, 'exit', until).then((how) => Promise.reject(endOf(how)));
      try {
        child.send(message as object);
        return ((await Promise.race([answer, exit])) as unknown[])[0];
      } finally {
        done.abort(); // of what has not come
      }
    },
    end: () => endOfChild(child),
  };
}

async function endOfChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL'); // it may never look for a signal
  await exit;
}

/** It ended for want of memory: V8 aborts then. */
class OutOfMemory extends Error {}

const endOf = ([code, signal]: unknown[]): Error =>
  signal === 'SIGABRT' || code === 134
    ? new OutOfMemory('the process that checks documents has used its memory')
    : new Error(`the process that checks documents has ended (${String(signal ?? code)})`);

const stopping = (cause?: unknown): LonghaulError =>
  new LonghaulError('SERVER_BUSY', 'this server is stopping', { cause });

const notReady = (cause: unknown): LonghaulError =>
  new LonghaulError('SERVER_BUSY', 'the process that checks documents did not start in time', { cause });

function tooMuch(withinMs: number, cause: unknown): LonghaulError {
  const detail = `takes more than ${withinMs / 1_000} s or ${heapMb} MB to check: make it smaller, and its patterns simpler`;
  return new LonghaulError('REQUEST_MALFORMED', `the document ${detail}`, {
    cause,
    fields: [{ pointer: '/document', detail }],
  });
}
