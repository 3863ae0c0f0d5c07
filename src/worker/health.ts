/** `/livez` and `/readyz` of a worker process. They answer 503 when it is not so. */
import { type Server, createServer } from 'node:http';
import type { NativeConnection, Worker } from '@temporalio/worker';

const temporalTimeoutMs = 2_000;

export interface HealthEndpoint {
  readonly address: string;
  close(): Promise<void>;
}

interface Checked {
  readonly connection: NativeConnection;
  readonly workers: readonly Worker[];
  /** The version of the workflow code, where it runs any. */
  readonly buildId?: string | undefined;
}

/**
 * Live: the process answers, and none of its workers has failed. Ready: each of them takes tasks, and Temporal
 * answers now. A worker that drains is live and not ready.
 */
export async function serveHealth(address: string, checked: Checked): Promise<HealthEndpoint> {
  const [host = '127.0.0.1', port = '0'] = splitAddress(address);
  const server = createServer((request, response) => {
    void faultsOf(request.url ?? '', checked).then((faults) => {
      const status = faults === null ? 404 : faults.length === 0 ? 200 : 503;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        `${JSON.stringify({ status: status === 200 ? 'ok' : 'unavailable', faults: faults ?? [], buildId: checked.buildId })}\n`,
      );
    });
  });
  await listen(server, host, Number(port));
  const bound = server.address();
  const at = typeof bound === 'object' && bound ? `${host}:${bound.port}` : address;
  return { address: at, close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

const splitAddress = (address: string): string[] => [
  address.slice(0, address.lastIndexOf(':')),
  address.slice(address.lastIndexOf(':') + 1),
];

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host.replaceAll(/[[\]]/g, ''), resolve);
  });

/** What is not as it should be; `null` for a path that is not served. */
async function faultsOf(path: string, { connection, workers }: Checked): Promise<string[] | null> {
  const states = workers.map((worker) => ({ queue: worker.options.taskQueue, state: worker.getState() }));
  switch (path) {
    case '/livez':
      return states
        .filter(({ state }) => state === 'FAILED')
        .map(({ queue }) => `the worker of ${queue} has failed`);
    case '/readyz': {
      const idle = states
        .filter(({ state }) => state !== 'RUNNING')
        .map(({ queue, state }) => `the worker of ${queue} is ${state}`);
      return (await answers(connection)) ? idle : [...idle, 'Temporal does not answer'];
    }
    default:
      return null;
  }
}

async function answers(connection: NativeConnection): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + temporalTimeoutMs, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return true;
  } catch {
    return false;
  }
}
