/** How the commands that answer with one run write it. JSON is exactly the client’s object. */
import type { Run } from '../../client.js';
import type { Cli } from '../cli.js';
import { endingLines } from './view/ending.js';
import { type ExitCode, exitCodeOfRun } from '../exit-codes.js';

/** Writes how a run stands or ended, and returns the exit code that says the same. */
export function writeRun({ format, terminal }: Cli, run: Run): ExitCode {
  switch (format) {
    case 'json':
      terminal.result(JSON.stringify(run, null, 2));
      break;
    case 'jsonl':
      terminal.result(JSON.stringify(run));
      break;
    case 'ids':
      terminal.result(run.runId);
      break;
    case 'text':
      for (const line of endingLines(run, Date.now(), terminal.paintResult)) terminal.result(line);
  }
  return exitCodeOfRun(run);
}

/** With `jsonl`, every change of a followed run is a line; the last one is the run as it ended. */
export const changeWriter = ({ format, terminal }: Cli): ((run: Run) => void) | undefined =>
  format === 'jsonl'
    ? (run) => {
        if (run.endedAt === undefined) terminal.result(JSON.stringify(run));
      }
    : undefined;
