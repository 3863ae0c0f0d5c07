/** A pipeline as a command line names it: a document in a file, or one that Longhaul brings along. */
import type { Checked } from '../../documents/pipeline/check.js';
import { refuseFaulty, sayUnread } from '../../run/documents/faulty-documents.js';
import { pipelines } from '../../pipelines/built-in.js';
import type { PipelineDocument } from '../../pipelines/document/document.js';
import type { Pipeline } from '../../steps/define.js';
import { documentsIn } from '../../config.js';
import type { Cli } from '../cli.js';
import { readSource } from '../input.js';
import { usage } from '../stop.js';
import { faultLines } from './lines.js';

/** What a name or a file stands for. */
export type Named =
  | { readonly kind: 'built-in'; readonly name: string; readonly pipeline: Pipeline }
  | { readonly kind: 'document'; readonly name: string; readonly document: PipelineDocument };

/** A file, checked, with its text for showing where a fault is. */
export interface CheckedFile {
  /** As its faults name it. */
  readonly file: string;
  readonly text: string;
  readonly checked: Checked;
}

/** Reads and checks a document by the connections of the configuration. Throws `Stop` where it cannot be read. */
export async function checkFile(cli: Cli, file: string): Promise<CheckedFile> {
  const { paths, ...names } = documentsIn(cli.config());
  const bytes = await readSource(file);
  const { checkDocument } = await import('../../documents/pipeline/check.js'); // zod and CEL, for these commands alone
  const { readConfigured } = await import('../../documents/pipeline/configured.js');
  const { documents, documentOf } = await readConfigured(paths, names);
  const name = file === '-' ? 'standard input' : file;
  const checked = checkDocument(bytes, {
    file: name,
    ...names,
    ...{ documents: Object.keys(documents), documentOf },
  });
  return { file: name, text: Buffer.from(bytes).toString('utf8'), checked };
}

/** The pipeline of this name, or the document in this file. Throws `Stop` with every fault that it has. */
export async function readPipeline(cli: Cli, named: string): Promise<Named> {
  const pipeline = Object.entries(pipelines).find(([name]) => name === named)?.[1];
  if (pipeline !== undefined) return { kind: 'built-in', name: named, pipeline };
  if (/^[a-z][a-z0-9-]*$/.test(named)) {
    const { documents, faulty } = await cli.documents();
    const document = Object.hasOwn(documents, named) ? documents[named] : undefined;
    if (document !== undefined) return { kind: 'document', name: named, document };
    const known = [...Object.keys(pipelines), ...Object.keys(documents)].join(', ');
    refuseFaulty(named, faulty);
    throw usage(
      `there is no pipeline "${named}"${sayUnread(faulty)}`,
      `Use one of ${known}, or name a file.`,
    );
  }
  const { text, checked } = await checkFile(cli, named);
  if (checked.ok) return { kind: 'document', name: checked.document.pipeline, document: checked.document };
  throw usage(`the document has faults:\n${faultLines(checked.faults, text).join('\n')}`);
}
