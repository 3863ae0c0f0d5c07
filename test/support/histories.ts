/** What Temporal has written down. */
import { Client, Connection } from '@temporalio/client';
import type { Stage } from './stage.js';

/** Every history of the namespace with its memos, as text; payloads as what they hold. */
export async function histories({
  temporalAddress: address,
  namespace,
}: Pick<Stage, 'temporalAddress' | 'namespace'>): Promise<string> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection, namespace });
  const texts: string[] = [];
  for await (const { workflowId, runId, memo } of workflow.list()) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    texts.push(JSON.stringify([memo, readable(history)]));
  }
  await connection.close();
  return texts.join('\n');
}

/** Bytes as text: a buffer would write itself as numbers. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}
