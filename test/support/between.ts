/** Something between a client and a server that changes what goes through it: a proxy, or a platform of another kind. */
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way. */
export interface Passing {
  readonly method: string;
  /** Of the server. */
  readonly url: URL;
  readonly body: string;
}

/** An answer on its way back. */
export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers a request, as a rule by what the server answers to it or to another one. */
export type Change = (passing: Passing, forward: (to: Passing) => Promise<Answered>) => Promise<Answered>;

/** The fields of a JSON answer, changed. */
export const withFields = (answer: Answered, change: (fields: never) => object): Answered => ({
  ...answer,
  body: JSON.stringify(change(JSON.parse(answer.body) as never)), // of the endpoint that the test has chosen
});

export interface Between {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on a free port. */
export async function createBetween(server: string, change: Change): Promise<Between> {
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = { ...(request.headers as Record<string, string>) }; // of one request: a list is not among them
    delete headers['host'];
    delete headers['connection'];
    delete headers['content-length'];
    const forward = async ({ method, url, body }: Passing): Promise<Answered> => {
      const hasBody = method !== 'GET' && body !== '';
      const answer = await fetch(url, { method, headers, redirect: 'manual', ...(hasBody && { body }) });
      const type = answer.headers.get('content-type');
      return {
        status: answer.status,
        ...(type !== null && { headers: { 'content-type': type } }),
        body: await answer.text(),
      };
    };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', server);
    const passing = { method: request.method ?? 'GET', url, body: Buffer.concat(chunks).toString() };
    const { status, headers: answered = {}, body } = await change(passing, forward);
    response.writeHead(status, answered).end(body);
  };
  const between = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy()); // what is not answered breaks off
  });
  await once(between.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(between.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(between, 'close');
      between.close();
      between.closeAllConnections();
      await closed;
    },
  };
}
