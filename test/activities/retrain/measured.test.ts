import { describe, expect, it } from '@jest/globals';
import { decimalIn, measuredOf } from '../../../src/activities/retrain/measured.js';

const stat = (name: string, value: string) => ({ name, value });
const many = (count: number) => Array.from({ length: count }, (_, index) => stat(`m${index}`, `${index}.5`));
const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe('a decimal number', () => {
  it.each([
    ['0.93', 0.93],
    [' 12 ', 12],
    ['1e5', 100_000],
    ['-1.5E-3', -0.0015],
    ['.5', 0.5],
    ['5.', 5],
    ['+3', 3],
  ])('is %j', (text, value) => {
    expect(decimalIn(text)).toBe(value);
  });

  it.each([
    'NaN',
    'nan',
    'Infinity',
    '-Infinity',
    'inf',
    '0x10',
    '0b1',
    '0o7',
    '0,93',
    '1_000',
    '1 000',
    '',
    ' ',
    '1e',
    '1e999',
    '93 %',
    'null',
    'true',
  ])('is not %j', (text) => {
    expect(decimalIn(text)).toBeNull();
  });
});

const asItIs = (text: string): string => text;

describe('the stats of a job', () => {
  it('are metrics as far as they are numbers, and else kept as they were written', () => {
    expect(
      measuredOf(
        [stat('accuracy', 'NaN'), stat('loss', '0.5'), stat('mlflow_run_id', '0a'), stat('note', 'ok')],
        asItIs,
      ),
    ).toEqual({ metrics: { loss: 0.5 }, notNumbers: { accuracy: 'NaN', note: 'ok' } });
  });

  it('are kept up to a bound: first those that are named, then the others in their order', () => {
    const { metrics, metricsLeftOut } = measuredOf([...many(120_000), stat('accuracy', '0.9')], asItIs, [
      'accuracy',
      'm777',
    ]);
    expect(Object.keys(metrics)).toHaveLength(1_000);
    expect(metricsLeftOut).toBe(119_001);
    expect(metrics).toMatchObject({ m0: 0.5, m777: 777.5, m997: 997.5, accuracy: 0.9 });
    expect(metrics).not.toHaveProperty('m999');
  });

  it('are fewer of one item of many, but for those that are named', () => {
    const named = Array.from({ length: 200 }, (_, index) => `m${5_000 + index}`);
    const { metrics, metricsLeftOut } = measuredOf(many(10_000), asItIs, named, { isItem: true });
    expect(Object.keys(metrics)).toEqual(named);
    expect(metricsLeftOut).toBe(9_800);
    const unnamed = measuredOf(many(10_000), asItIs, ['m9'], { isItem: true });
    expect(Object.keys(unnamed.metrics)).toHaveLength(30);
    expect(bytes(unnamed)).toBeLessThan(1_100);
  });

  it('are bounded in bytes too, and a name that is too long is left out', () => {
    const long = Array.from({ length: 500 }, (_, index) =>
      stat(`${'é'.repeat(190)}${index}`, 'x'.repeat(5_000)),
    );
    const measured = measuredOf([...long, stat('n'.repeat(201), '1'), ...many(2_000)], asItIs);
    expect(bytes(measured)).toBeLessThan(45_000);
    expect(measured.metricsLeftOut).toBe(
      2_501 - Object.keys(measured.metrics).length - Object.keys(measured.notNumbers ?? {}).length,
    );
  });

  it('may be named as anything', () => {
    const { metrics } = measuredOf([stat('__proto__', '1'), stat('constructor', '2')], asItIs);
    expect(Object.entries(metrics)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });

  it('are masked as a whole before they are cut', () => {
    const secret = 'a-secret-of-forty-characters-that-is-cut';
    const { metrics, notNumbers } = measuredOf(
      [stat(`loss of ${secret}`, '1'), stat(secret, 'x'), stat('note', `${'-'.repeat(80)}${secret}`)],
      (text) => text.replaceAll(secret, '[redacted]'),
    );
    expect(metrics).toEqual({ 'loss of [redacted]': 1 });
    expect(notNumbers).toEqual({ '[redacted]': 'x', note: `${'-'.repeat(80)}[redacted]` });
  });
});
