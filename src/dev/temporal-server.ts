/** Temporal's development server as a child: for `dev`, the demo, the tests and the benchmarks; never production. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Child, inWords, startChild } from './child.js';
import { PortInUseError, checkPortIsFree, freePort } from './ports.js';
import { awaitTemporal } from './temporal-readiness.js';
import type { SearchAttributes } from '../run/search-attributes.js';

export interface TemporalServerOptions {
  /** As `findTemporalCli` gives it. */
  readonly cliPath: string;
  /** A free one when 0 or left out. */
  readonly port?: number | undefined;
  /** No Web UI when left out; a free port when 0. */
  readonly uiPort?: number | undefined;
  /** Keeps the state over restarts; in memory when left out. */
  readonly dbFile?: string | undefined;
  readonly namespace?: string | undefined;
  /** Fires timers within 10 ms of their time instead of up to 1 s late. */
  readonly fastTimers?: boolean | undefined;
  /** Calls a history long from this number of events; Temporal's own number when left out. */
  readonly longHistoryEvents?: number | undefined;
  readonly searchAttributes?: SearchAttributes | undefined;
  /** Appended with what the server writes. */
  readonly logFile?: string | undefined;
}

export interface TemporalServer {
  /** `host:port` of its gRPC service. */
  readonly address: string;
  /** Address of its Web UI, when one was asked for. */
  readonly uiUrl?: string;
  readonly pid: number;
  /** Resolves when the server is gone. */
  stop(): Promise<void>;
}

const readyTimeoutMs = 30_000;
const graceMs = 10_000;
/** Of what it wrote, for the message that it did not start. */
const shownLines = 10;
const triesOfFreePorts = 3;
const host = '127.0.0.1';

/**
 * Starts the development server and waits until it serves the namespace with its search attributes.
 *
 * @throws Error when a port is in use, the server ends early (with its last lines) or is not ready within 30 s
 */
export async function startTemporal(options: TemporalServerOptions): Promise<TemporalServer> {
  for (let tries = 1; ; tries++) {
    const ports = await choosePorts(options);
    try {
      return await launch(options, ports);
    } catch (error) {
      // Between our look and the server's start another program can take a port that was free.
      const isBadLuck = error instanceof PortInUseError && !isPort(options.port);
      if (!isBadLuck || tries === triesOfFreePorts) throw error;
    }
  }
}

interface Ports {
  readonly service: number;
  readonly ui: number | undefined;
}

const isPort = (port: number | undefined): port is number => port !== undefined && port !== 0;

async function choosePorts(options: TemporalServerOptions): Promise<Ports> {
  // Asked beforehand, because a Temporal of somebody else that listens there would pass for a started one.
  if (isPort(options.port)) await checkPortIsFree(options.port, 'Temporal');
  if (isPort(options.uiPort)) await checkPortIsFree(options.uiPort, "Temporal's Web UI");
  const service = isPort(options.port) ? options.port : await freePort();
  return { service, ui: options.uiPort === 0 ? await freePort() : options.uiPort };
}

async function launch(options: TemporalServerOptions, ports: Ports): Promise<TemporalServer> {
  for (const file of [options.dbFile, options.logFile])
    if (file !== undefined) await mkdir(dirname(file), { recursive: true });
  const { logFile } = options;
  const child = await startChild(options.cliPath, parametersOf(options, ports), { logFile, orphan: 'guard' });
  const { namespace = 'default', searchAttributes = {} } = options;
  const ready = { host, port: ports.service, namespace, searchAttributes, timeoutMs: readyTimeoutMs };
  const waiting = new AbortController();
  const ended = child.ended.then((end) => {
    throw endedEarly(inWords(end), child.lastLines(), ports);
  });
  try {
    await Promise.race([ended, awaitTemporal(ready, waiting.signal)]);
  } catch (error) {
    waiting.abort();
    await child.stop(graceMs);
    throw error;
  }
  return serverOf(child, ports);
}

function serverOf(child: Child, { service, ui }: Ports): TemporalServer {
  const uiUrl = ui === undefined ? {} : { uiUrl: `http://${host}:${ui}` };
  return { address: `${host}:${service}`, ...uiUrl, pid: child.pid, stop: () => child.stop(graceMs) };
}

function parametersOf(options: TemporalServerOptions, ports: Ports): string[] {
  const { dbFile, namespace, fastTimers = false, longHistoryEvents, searchAttributes = {} } = options;
  const setting = (name: string, value: string): string[] => ['--dynamic-config-value', `${name}=${value}`];
  return [
    ...['server', 'start-dev', '--ip', host, '--port', String(ports.service), '--log-level', 'error'],
    ...(ports.ui === undefined ? ['--headless'] : ['--ui-port', String(ports.ui)]),
    ...(dbFile === undefined ? [] : ['--db-filename', dbFile]),
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
    ...(fastTimers ? setting('history.timerProcessorMaxTimeShift', '"10ms"') : []),
    ...(longHistoryEvents === undefined
      ? []
      : setting('limit.historyCount.suggestContinueAsNew', String(longHistoryEvents))),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

function endedEarly(how: string, lines: readonly string[], ports: Ports): Error {
  const written = lines.filter((line) => line.trim() !== '');
  const inUse = written.find((line) => /(frontend|UI) port .*address already in use/.test(line));
  if (inUse !== undefined) {
    const isUi = ports.ui !== undefined && inUse.includes('UI port');
    return isUi
      ? new PortInUseError(ports.ui, "Temporal's Web UI")
      : new PortInUseError(ports.service, 'Temporal');
  }
  const said = [how, ...written.slice(-shownLines)].join('\n');
  return new Error(`Temporal's development server ended before it was ready: ${said}`);
}
