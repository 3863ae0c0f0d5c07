/** The pipelines from files that demos run. */
import { fileURLToPath } from 'node:url';
import type { PipelineDocument } from '../../client.js';
import { readSource } from '../input.js';

/** Where an example is on this machine. */
export const exampleFile = (name: string): string =>
  fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));

/** A document of the examples, checked for the platforms of the connections that it names. */
export async function readExample(
  file: string,
  platforms: Readonly<Record<string, string>>,
): Promise<PipelineDocument> {
  const { checkDocument } = await import('../../documents/pipeline/check.js'); // zod and CEL, for these demos alone
  const checked = checkDocument(await readSource(exampleFile(file)), {
    ...{ file, platformOf: (connection: string) => platforms[connection] ?? null, methodsOf: () => null },
  });
  if (checked.ok) return checked.document;
  throw new TypeError(`${file}: ${checked.faults.map(({ message }) => message).join('; ')}`);
}
