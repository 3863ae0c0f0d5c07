import { describe, expect, it } from '@jest/globals';
import { TypedSearchAttributes } from '@temporalio/common';
import { isWithin, statusOf, summaryOf, visibilityQuery } from '../../../src/client/runs/list.js';

/** An attempt of several legs is listed once. */
const noLeg = `ExecutionStatus != 'ContinuedAsNew'`;

describe('visibilityQuery', () => {
  it('lists every run when nothing narrows it', () => {
    expect(visibilityQuery({})).toBe(`LonghaulPipeline IS NOT NULL AND ${noLeg}`);
  });

  it('joins what narrows it', () => {
    expect(
      visibilityQuery({
        status: 'parked',
        pipeline: 'train-and-deploy',
        connection: 'domino-prod',
        step: 'train',
        failure: 'QUOTA_EXCEEDED',
        startedAfter: new Date(0),
      }),
    ).toBe(
      "LonghaulPipeline IS NOT NULL AND LonghaulPipeline = 'train-and-deploy'" +
        " AND LonghaulStep = 'train' AND LonghaulFailure = 'QUOTA_EXCEEDED'" +
        " AND (LonghaulConnection = 'domino-prod' OR LonghaulTags = 'connection:domino-prod')" +
        " AND ExecutionStatus = 'Running' AND LonghaulStatus IN ('parked', 'partly-parked') AND StartTime >= '1970-01-01T00:00:00.000Z'",
    );
  });

  it('quotes what a caller passes, so that it stays a value', () => {
    expect(visibilityQuery({ step: "x' OR '1'='1" })).toBe(
      String.raw`LonghaulPipeline IS NOT NULL AND LonghaulStep = 'x\' OR \'1\'=\'1' AND ${noLeg}`,
    );
    expect(visibilityQuery({ step: String.raw`x\' OR 1=1` })).toBe(
      String.raw`LonghaulPipeline IS NOT NULL AND LonghaulStep = 'x\\\' OR 1=1' AND ${noLeg}`,
    );
  });
});

describe('a run that acts on more than one connection', () => {
  const execution = (memo: Record<string, unknown>) => ({
    ...{ workflowId: 'churn.r', runId: 'a', status: { name: 'RUNNING' }, memo },
    ...{ startTime: new Date(0), typedSearchAttributes: new TypedSearchAttributes() },
  });

  it('says so by its memo', () => {
    expect(summaryOf(execution({ connections: ['dev', 'prod'] }))).toMatchObject({
      connections: ['dev', 'prod'],
    });
    expect(summaryOf(execution({}))).not.toHaveProperty('connections');
  });

  it('is within scopes that cover each of them together', () => {
    const run = { pipeline: 'churn', connection: 'dev', connections: ['dev', 'prod'] };
    const scope = (connection: string, pipeline = 'churn') => ({
      pipelines: [pipeline],
      connections: [connection],
    });
    expect(isWithin(run, [scope('dev')])).toBe(false);
    expect(isWithin(run, [scope('dev'), scope('prod')])).toBe(true);
    expect(isWithin(run, [scope('dev'), scope('prod', 'other')])).toBe(false);
    expect(isWithin(run, [scope('*', '*')])).toBe(true);
    expect(isWithin({ pipeline: 'churn', connection: 'dev' }, [scope('dev')])).toBe(true);
  });
});

describe('statusOf', () => {
  it.each([
    ['RUNNING', 'running', 'running'],
    ['RUNNING', 'parked', 'parked'],
    ['COMPLETED', 'running', 'succeeded'],
    ['FAILED', 'parked', 'failed'],
    ['CANCELLED', undefined, 'cancelled'],
    ['TERMINATED', 'running', 'terminated'],
    ['TIMED_OUT', 'running', 'timed-out'],
  ])('reads %s with %s as %s', (temporal, own, status) => {
    expect(statusOf(temporal, own)).toBe(status);
  });
});
