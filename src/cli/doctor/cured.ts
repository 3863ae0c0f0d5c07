/** A fault that was found, with what to do about it told apart. */
import { type SetUpFinding, fault } from '../config-check.js';
import type { ExitCode } from '../exit-codes.js';

/** Of a subject: what is wrong, and what repairs it. */
export const cured = (
  subject: string,
  { line, cure, exitCode }: { readonly line: string; readonly cure: string; readonly exitCode: ExitCode },
): SetUpFinding => ({ ...fault(subject, line, exitCode), cure });
