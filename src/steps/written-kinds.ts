/** Every kind that a document can name, by its name: the one place in which the wings come together for documents. */
import { dominoWritten } from './domino/written.js';
import { ubiopsWritten } from './ubiops/written.js';
import { neutralWritten } from './written.js';
import type { AnyWrittenKind } from './written-kind.js';

export const writtenKinds: Readonly<Record<string, AnyWrittenKind>> = {
  ...neutralWritten,
  ...dominoWritten,
  ...ubiopsWritten,
};
