/** What is wrong with a document, for tests. */
import { checkDocument } from '../../../src/documents/pipeline/check.js';

const platforms: Readonly<Record<string, string>> = {
  'domino-dev': 'domino',
  'domino-prod': 'domino',
  'ubiops-dev': 'ubiops',
  serve: 'ubiops',
};

const services: Readonly<Record<string, readonly string[]>> = {
  features: ['GET', 'POST'],
  drift: ['GET'],
  reports: ['POST'],
};

/** Checks a document by two connections of Domino, one of UbiOps, and two services. */
export const check = (text: string) =>
  checkDocument(text, {
    file: 'x.yaml',
    platformOf: (name) => platforms[name] ?? null,
    dialectOf: (name) => ({ 'ubiops-dev': 'v2.1', serve: 'v2' })[name] ?? null,
    connections: Object.keys(platforms),
    methodsOf: (name) => services[name] ?? null,
    services: Object.keys(services),
  });

/** `line:column message` of each fault. */
export function faultsOf(text: string): string[] {
  const checked = check(text);
  return checked.ok ? [] : checked.faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const head = `longhaul: pipeline/v1
pipeline: x
connection: domino-dev
input:
  properties: { month: { type: string, pattern: '^[0-9][0-9-]*$' }, n: { type: integer }, free: { type: string }, list: { type: array, items: { type: string } }, maybe: { type: number } }
  required: [month, n, free, list]
steps:
`;
/** Steps begin in line 8. */
export const steps = (text: string): string => head + text;
/** A step. */
export const train = `  train: { uses: job, with: { project: a/b, command: go } }
`;
/** A step that runs once for each item. */
export const each = `  sweep: { uses: job, each: [1, 2], with: { project: a/b, command: go } }
`;
