/** The thread in which a server checks documents: it is ready, and then answers each document with what it has found. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Documents } from '../client.js';
import { checkDocument } from '../documents/pipeline/check.js';
import type { PipelineFault } from '../documents/pipeline/faults.js';
import type { AskedCheck, FoundByCheck } from './document-checks.js';

const documents = workerData as Documents; // all that are configured: see document-checks.ts

parentPort?.on('message', (asked: AskedCheck) => parentPort?.postMessage(check(asked)));
parentPort?.postMessage('ready');

function check({ text, connections, services, listsServices, ...visible }: AskedCheck): FoundByCheck {
  const checked = checkDocument(text, {
    file: 'document',
    connections: [...connections.keys()],
    platformOf: (name) => connections.get(name)?.platform ?? null,
    dialectOf: (name) => connections.get(name)?.dialect ?? null,
    services: listsServices ? [...services.keys()] : undefined,
    methodsOf: (name) => services.get(name) ?? null,
    documents: visible.documents,
    documentOf: (name) => (visible.documents.includes(name) ? (documents[name] ?? null) : null),
  });
  return checked.ok
    ? { ok: true, pipeline: checked.document.pipeline, warnings: checked.warnings.map(withoutFile) }
    : { ok: false, faults: checked.faults.map(withoutFile) };
}

const withoutFile = ({ file: _, ...fault }: PipelineFault) => fault;
