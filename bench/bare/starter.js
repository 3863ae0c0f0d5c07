/**
 * Starts workflows by the bare client, with the options of `client.start`: as many as its parent says, or one per
 * request to an HTTP server that checks nothing, writes nothing down and answers no errors.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';

const keyword = (name) => defineSearchAttributeKey(name, 'KEYWORD');
const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS });
const client = new Client({ connection });

const start = ({ input, key }) =>
  client.workflow.start('trainAndDeploy', {
    workflowId: `train-and-deploy.${key}`,
    taskQueue: 'pipelines',
    args: [{ input, trigger: { kind: 'http', by: 'local', requestId: key } }],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    memo: { inputDigest: createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 32) },
    staticSummary: `train-and-deploy on ${input.connection}`,
    typedSearchAttributes: [
      { key: keyword('LonghaulPipeline'), value: 'train-and-deploy' },
      { key: keyword('LonghaulStatus'), value: 'running' },
      { key: keyword('LonghaulConnection'), value: input.connection },
      { key: defineSearchAttributeKey('LonghaulTags', 'KEYWORD_LIST'), value: ['trigger:http'] },
    ],
  });

process.on('message', async ({ input, prefix, count, width }) => {
  let next = 0;
  const lane = async () => {
    while (next < count) await start({ input, key: `${prefix}-${next++}` });
  };
  await Promise.all(Array.from({ length: width }, lane));
  process.send('done');
});

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => (text += chunk));
  request.on('end', async () => {
    const { input } = JSON.parse(text);
    const { workflowId: runId } = await start({ input, key: request.headers['idempotency-key'] });
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ runId }));
  });
});
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
