import { describe, expect, it } from '@jest/globals';
import { visibilityQuery } from '../../../src/client/runs/list.js';
import { parseRunQuery, unsuccessfulRuns, writeRunQuery } from '../../../src/client/runs/query.js';

const now = new Date('2026-11-21T11:00:00Z');
const parse = (text: string) => parseRunQuery(text, { now });

describe('parseRunQuery', () => {
  it('reads each key into the filter of runs', () => {
    expect(
      parse(
        'failure=PLATFORM_UNAVAILABLE since=10:03 until=11:40 connection=domino-prod pipeline=retrain status=parked,failed step=train fingerprint=0123456789ab model=domino-prod/ada/iris/iris-api',
      ),
    ).toEqual({
      failure: 'PLATFORM_UNAVAILABLE',
      since: new Date('2026-11-21T10:03:00Z'),
      until: new Date('2026-11-21T11:40:00Z'),
      connection: 'domino-prod',
      pipeline: 'retrain',
      status: ['parked', 'failed'],
      step: 'train',
      fingerprint: '0123456789ab',
      model: 'domino-prod/ada/iris/iris-api',
      latest: true,
    });
  });

  it('means runs that a replay is for where no status is asked for: a cancelled run was meant to end', () => {
    expect(parse('connection=domino-prod')).toEqual({ ...unsuccessfulRuns, connection: 'domino-prod' });
    expect(unsuccessfulRuns.status).toEqual(['failed', 'timed-out', 'terminated', 'parked']);
    expect(parse('status=cancelled').status).toEqual(['cancelled']);
  });

  it.each([
    ['10:03', '2026-11-21T10:03:00.000Z'],
    ['10:03:20', '2026-11-21T10:03:20.000Z'],
    ['2026-11-20T23:50Z', '2026-11-20T23:50:00.000Z'],
    ['2026-11-21T10:03:00+02:00', '2026-11-21T08:03:00.000Z'],
    ['2h', '2026-11-21T09:00:00.000Z'],
    ['3d', '2026-11-18T11:00:00.000Z'],
  ])('reads since=%s as %s: without a date it is today, in UTC', (text, instant) => {
    expect(parse(`since=${text}`).since?.toISOString()).toBe(instant);
  });

  it.each([
    ['', 'it is empty; write key=value with a key of status, failure, fingerprint,'],
    ['   ', 'it is empty'],
    ['failed', 'at "failed": write key=value, without blanks, with a key of status,'],
    ['colour=red', 'at "colour=red": write key=value, without blanks, with a key of status,'],
    ['__proto__=x', 'at "__proto__=x": write key=value'],
    ['step=train step=build', 'at "step=build": step is there twice'],
    ['status=', 'at "status=": status must be one or more of running, parked,'],
    ['status=failed,gone', 'at "status=failed,gone": status must be'],
    ['failure=Oops', 'at "failure=Oops": failure must be a failure code'],
    ['fingerprint=zz', 'at "fingerprint=zz": fingerprint must be twelve hexadecimal digits'],
    [
      'pipeline=X',
      'at "pipeline=X": pipeline must be the name of a pipeline, such as train-and-deploy or retrain',
    ],
    ['step=X', 'at "step=X": step must be none or the name of a step, such as environment, revision,'],
    [
      'step=decide pipeline=train-and-deploy',
      'at "step=decide": train-and-deploy has the steps environment,',
    ],
    ['connection=Prod', 'at "connection=Prod": connection must be the name of a connection'],
    ['model=iris', 'at "model=iris": model must be <connection>/<owner>/<project>/<model API>'],
    ['since=25:00', 'at "since=25:00": since must be a time: 10:03 (today, in UTC)'],
    ['since=2026-02-30T10:00Z', 'since must be a time'],
    ['since=2026-11-21T10:03', 'since must be a time'],
    ['since=99999999999d', 'since must be a time'],
    ['since=11:01', 'since must be in the past, and 2026-11-21T11:01:00.000Z is still to come'],
    ['since=10:00 until=09:00', 'no time is within it: since is 2026-11-21T10:00:00.000Z, until'],
    [`connection="domino-prod"`, 'values stand without quotation marks'],
    [`connection=x'OR'1'='1`, 'values stand without quotation marks'],
    [`step=train ${'x'.repeat(1_000)}`, 'it is longer than 1000 characters'],
  ])('refuses %j and says why', (text, reason) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(reason) }),
    );
  });
});

describe('writeRunQuery', () => {
  it.each([
    ['since=10:03 failure=JOB_FAILED', 'failure=JOB_FAILED since=2026-11-21T10:03:00.000Z'],
    ['status=cancelled step=none', 'status=cancelled step=none'],
    ['fingerprint=none until=1h', 'fingerprint=none until=2026-11-21T10:00:00.000Z'],
    ['status=failed,timed-out,terminated,parked step=train', 'step=train'],
  ])('writes %s as %s, which reads the same at any time', (text, written) => {
    expect(writeRunQuery(parse(text))).toBe(written);
    expect(parseRunQuery(written, { now: new Date('2027-01-01T00:00:00Z') })).toEqual(parse(text));
  });
});

describe('visibilityQuery', () => {
  it('asks for the end of ended runs and the start of running ones; when a run was parked it cannot ask', () => {
    expect(
      visibilityQuery({
        status: ['failed', 'parked', 'running'],
        since: new Date('2026-11-21T10:00:00Z'),
        until: new Date('2026-11-21T11:00:00Z'),
      }),
    ).toBe(
      "LonghaulPipeline IS NOT NULL AND ((ExecutionStatus = 'Failed' AND CloseTime >= '2026-11-21T10:00:00.000Z' AND CloseTime < '2026-11-21T11:00:00.000Z')" +
        " OR (ExecutionStatus = 'Running' AND LonghaulStatus IN ('parked', 'partly-parked') AND StartTime < '2026-11-21T11:00:00.000Z')" +
        " OR (ExecutionStatus = 'Running' AND LonghaulStatus IN ('running', 'partly-parked') AND StartTime >= '2026-11-21T10:00:00.000Z' AND StartTime < '2026-11-21T11:00:00.000Z'))",
    );
  });

  it('asks for runs without a step as such, and for those without a fingerprint by their failure', () => {
    expect(visibilityQuery({ step: null, fingerprint: null })).toBe(
      `LonghaulPipeline IS NOT NULL AND LonghaulStep IS NULL AND LonghaulFailure IS NULL AND ExecutionStatus != 'ContinuedAsNew'`,
    );
  });
});
