/** A receiver of events that takes all of them and remembers each. */
import { type IncomingMessage, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ReceivedEvent {
  readonly type: string;
  readonly data: {
    readonly runId: string;
    readonly attemptId: string;
    readonly approval?: { readonly until: string; readonly link?: string };
  };
}

export interface EventReceiver {
  readonly url: string;
  readonly events: readonly ReceivedEvent[];
  close(): void;
}

/** Listens on a free port. An event that is not genuine ends the test process. */
export async function createEventReceiver(secret: string): Promise<EventReceiver> {
  const events: ReceivedEvent[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      new Webhook(secret).verify(body, request.headers as Record<string, string>); // none of these comes twice
      events.push(JSON.parse(body.toString()) as ReceivedEvent);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/hook`, events, close };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
  return Buffer.concat(chunks);
}
