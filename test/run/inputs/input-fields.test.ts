import { describe, expect, it } from '@jest/globals';
import {
  Bound,
  ConditionText,
  Duration,
  MetricName,
  isProjectPath,
  name,
  projectName,
  segmentName,
} from '../../../src/run/inputs/input-fields.js';

/** What is said of a text that is refused; `null` of one that is taken. */
const faultOf = (field: typeof name, text: string): string | null =>
  field.safeParse(text).error?.issues[0]?.message ?? null;

describe('a name', () => {
  it('is what a person writes, without the blanks around it', () => {
    expect(name.parse('  Iris, größer  ')).toBe('Iris, größer');
    expect(name.safeParse('   ').success).toBe(false);
    expect(name.safeParse('x'.repeat(200)).success).toBe(true);
    expect(name.safeParse('x'.repeat(201)).success).toBe(false);
  });

  it.each(['a\nb', 'a\u0000', 'a\u0085b', 'a\u2028b', 'a\u2029b', '\ud800'])('has no %j', (text) => {
    expect(faultOf(name, text)).toBe('must not have control characters');
  });

  it.each(['.', '..', 'a/b', 'a\\b'])('that stands in an address is not %j', (text) => {
    expect(faultOf(name, text)).toBeNull();
    expect(faultOf(segmentName, text)).toContain('must not be "." or ".."');
  });

  it.each(['...', '.a', 'a..b'])('that stands in an address may be %j', (text) => {
    expect(faultOf(segmentName, text)).toBeNull();
  });
});

describe('a project', () => {
  it.each(['ada/iris', 'a.b/c-d_e'])('may be %j', (text) => {
    expect(faultOf(projectName, text)).toBeNull();
  });

  it.each(['iris', 'ada/', '/iris', 'ada/iris/x', 'ada /iris', '../iris', 'ada/..', 'ada/a\\b', 'a/b\u0001'])(
    'is not %j',
    (text) => {
      expect(faultOf(projectName, text)).toBe('must be "owner/name"');
    },
  );
});

describe('a path in a project', () => {
  it.each(['', '.', '/', './', 'data', '/data/', './data/a.csv', '...', 'a/.b'])('may be %j', (text) => {
    expect(isProjectPath(text)).toBe(true);
  });

  it.each(['..', '../a', 'a/..', 'a/../b', 'a/./b', 'a//b', 'a\\b', 'a\nb'])('is not %j', (text) => {
    expect(isProjectPath(text)).toBe(false);
  });
});

describe('a duration', () => {
  it('is a number with its unit, and up to a year', () => {
    expect(faultOf(Duration, '366d')).toBeNull();
    expect(faultOf(Duration, '367d')).toBe('must be 366d or less');
    expect(faultOf(Duration, '6 hours')).toBe('must be a duration such as 30s, 5m, 6h or 3d');
  });
});

describe('a condition', () => {
  it('has a metric and a bound, and one of a number has no other', () => {
    expect(faultOf(ConditionText, 'accuracy >= baseline - 0.01')).toBeNull();
    expect(faultOf(ConditionText, 'accuracy')).toMatch(/^must read like "accuracy >= 0\.9" or .*: /);
    expect(faultOf(Bound, 'accuracy < 0.9')).toBeNull();
    expect(faultOf(Bound, 'accuracy < baseline')).toBe(
      'must compare a metric with a number, such as "accuracy < 0.9"',
    );
    expect(faultOf(Bound, 'accuracy')).toMatch(/^must compare a metric with a number, .*": ./);
  });

  it('names a metric as it is or in quotes', () => {
    expect(faultOf(MetricName, 'val accuracy')).toBeNull();
    expect(faultOf(MetricName, '"val accuracy"')).toBeNull();
    expect(faultOf(MetricName, ' ')).toMatch(/^must be the name of a metric: ./);
  });
});
