/** The process in which a server checks documents: it takes the configured ones, and then answers each with what it has found. */
import type { Documents } from '../client.js';
import { checkDocument } from '../documents/pipeline/check.js';
import type { PipelineFault } from '../documents/pipeline/faults.js';
import type { AskedCheck, FoundByCheck } from './document-checks.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined); // the server decides when it ends
process.once('disconnect', () => process.exit()); // the server is gone
process.once('message', (documents: Documents) => {
  process.on('message', (asked: AskedCheck) => process.send?.(check(asked, documents)));
  process.send?.('ready');
});

function check(
  { text, connections, services, listsServices, ...visible }: AskedCheck,
  documents: Documents,
): FoundByCheck {
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
