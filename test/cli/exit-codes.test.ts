import { describe, expect, it } from '@jest/globals';
import { exitCodeOf, exitCodeOfRun, exitCodes } from '../../src/cli/exit-codes.js';
import { Stop, linesOfReport, reportOf, usage } from '../../src/cli/stop.js';
import { LonghaulError } from '../../src/run/failures/errors.js';

describe('the exit code of a failed command', () => {
  it.each([
    ['INPUT_INVALID', 2],
    ['CONFIG_INVALID', 2],
    ['PIPELINE_UNKNOWN', 2],
    ['CONNECTION_UNKNOWN', 2],
    ['CREDENTIALS_MISSING', 3],
    ['RUN_NOT_FOUND', 4],
    ['RUN_KEY_REUSED', 7],
    ['SCHEDULE_INVALID', 2],
    ['SCHEDULE_UNKNOWN', 4],
    ['SCHEDULE_EXISTS', 7],
    ['TEMPORAL_UNREACHABLE', 9],
    ['NAMESPACE_UNKNOWN', 9],
    ['WORKER_SILENT', 9],
    ['INTERNAL', 1],
  ] as const)('%s exits %d', (code, exitCode) => {
    expect(exitCodeOf(code)).toBe(exitCode);
  });
});

describe('the exit code of a run', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 5],
    ['terminated', 5],
    ['timed-out', 5],
    ['cancelled', 8],
    ['running', 0],
    ['parked', 0],
  ] as const)('that is %s is %d', (status, exitCode) => {
    expect(exitCodeOfRun({ status })).toBe(exitCode);
  });

  it('whose gate refused the model is 8, and whatever else failed it is 5', () => {
    expect(exitCodeOfRun({ status: 'failed', failure: { code: 'GATE_REFUSED', message: '' } })).toBe(8);
    expect(exitCodeOfRun({ status: 'failed', failure: { code: 'NOT_FOUND', message: '' } })).toBe(5);
  });
});

describe('what a person is told of an error', () => {
  it('is what was attempted, what came back and what to do', () => {
    const error = new LonghaulError('RUN_KEY_REUSED', 'run a.b exists');
    expect(reportOf(error, 'longhaul run start')).toEqual({
      lines: [
        'longhaul run start: run a.b exists (RUN_KEY_REUSED)',
        '  → Use another key, or the same input.',
      ],
      exitCode: exitCodes.conflict,
      error: {
        command: 'longhaul run start',
        code: 'RUN_KEY_REUSED',
        message: 'run a.b exists',
        advice: 'Use another key, or the same input.',
        exitCode: 7,
      },
    });
  });

  it('is one line of JSON where results are JSON', () => {
    const report = reportOf(usage('--timeout needs --wait', 'Add --wait.'), 'longhaul run start');
    expect(linesOfReport(report, 'text')).toEqual([
      'longhaul run start: --timeout needs --wait',
      '  → Add --wait.',
    ]);
    const error = {
      ...{ command: 'longhaul run start', code: 'USAGE', message: '--timeout needs --wait' },
      ...{ advice: 'Add --wait.', exitCode: 2 },
    };
    for (const format of ['json', 'jsonl'])
      expect(linesOfReport(report, format)).toEqual([JSON.stringify({ error })]);
  });

  it('does not say twice what to do', () => {
    const error = new LonghaulError('RUN_KEY_REUSED', 'run a.b exists. Use another key, or the same input');
    expect(reportOf(error, 'longhaul run start').lines).toHaveLength(1);
  });

  it('is one line and no stack for an error that nobody foresaw', () => {
    const { lines, exitCode } = reportOf(new TypeError('x is not a function\n    at y'), 'longhaul dev');
    expect(lines[0]).toBe('longhaul dev: unexpected error: x is not a function');
    expect(lines.join('\n')).not.toContain('at y');
    expect(exitCode).toBe(1);
  });

  it('cannot steer the terminal', () => {
    const error = new LonghaulError('JOB_FAILED', 'log: \u001b[2J\u001b]0;title\u0007gone\rover');
    expect(reportOf(error, 'longhaul')).toMatchObject({
      lines: ['longhaul: log: \\u001b[2J\\u001b]0;title\\u0007gone\\rover (JOB_FAILED)', expect.any(String)],
    });
  });

  it('keeps the code and advice of a command that stopped by itself', () => {
    expect(reportOf(usage('bad flag', 'Use another.'), 'longhaul x')).toMatchObject({
      lines: ['longhaul x: bad flag', '  → Use another.'],
      exitCode: 2,
    });
    expect(reportOf(new Stop(6, 'late'), 'longhaul x').exitCode).toBe(6);
  });
});
