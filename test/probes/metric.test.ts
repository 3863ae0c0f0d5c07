import { describe, expect, it } from '@jest/globals';
import { metricIn } from '../../src/probes/metric.js';

describe('metricIn', () => {
  it.each<[string, string, Record<string, string>, unknown]>([
    ['at the key of its name', '{"accuracy":0.9}', {}, 0.9],
    ['at its pointer', '{"drift":{"psi/30":[0,0.2]}}', { accuracy: '/drift/psi~130/1' }, 0.2],
    ['nowhere', '{"acc":0.9}', {}, 'its answer has no number at /accuracy'],
    ['as a word', '{"accuracy":"0.9"}', {}, 'its answer has no number at /accuracy'],
    ['as nothing', '{"accuracy":null}', {}, 'its answer has no number at /accuracy'],
    ['in a page', '<html>', {}, 'its answer is not JSON'],
    ['in half an answer', '{"accuracy":0.', {}, 'its answer is not JSON'],
    ['in an empty answer', '', {}, 'its answer is not JSON'],
    [
      'in a prototype',
      '{}',
      { accuracy: '/__proto__/length' },
      'its answer has no number at /__proto__/length',
    ],
  ])('finds a metric %s', (_where, text, metrics, found) => {
    const reading = metricIn(text, { metrics }, 'accuracy');
    expect(reading.ok ? reading.value : reading.line).toBe(found);
  });

  it('is not led astray by a metric that is called like a property of every object', () => {
    expect(metricIn('{"toString":1}', { metrics: {} }, 'toString')).toEqual({ ok: true, value: 1 });
  });
});
