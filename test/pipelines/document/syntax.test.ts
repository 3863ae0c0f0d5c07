import { describe, expect, it } from '@jest/globals';
import { createCel } from '../../../src/pipelines/document/expressions.js';
import { optionalFieldsIn, pathsIn } from '../../../src/pipelines/document/syntax.js';

const cel = createCel();

describe('the paths of an expression', () => {
  /** Each as it is written, with `?` where it may be missing, `…` where a computed key goes on, and where it begins. */
  const paths = (text: string): string[] =>
    pathsIn(cel.parse(text).ast).map(
      ({ text: written, offset, isOptional, isComputed }) =>
        `${written}${isOptional ? '?' : ''}${isComputed ? '…' : ''} ${offset}`,
    );

  it.each<[string, string[]]>([
    ['1 + 2', []],
    ['input', ['input 0']],
    ['steps.train.auc > input.least', ['steps.train.auc 0', 'input.least 18']],
    ['input.a + input.a', ['input.a 0', 'input.a 10']],
    ["input['a b'][0].c", ["input['a b'][0].c 0"]],
    ['steps[input.name].auc', ['steps… 0', 'input.name 6']],
    ['steps[input.of[index]][0].auc', ['steps… 0', 'input.of… 6', 'index 15']],
    ['steps.?train.auc', ['steps.?train.auc? 0']],
    ['steps[?"train"].auc', ['steps[?"train"].auc? 0']],
    ['steps.a.?auc.orValue(input.least)', ['steps.a.?auc? 0', 'input.least 21']],
    ['has(steps.train)', ['steps.train? 4']],
    ['has(steps.train.auc)', ['steps.train.auc? 4']],
    ['has(steps.train.metrics.auc)', ['steps.train.metrics.auc 4']],
    ['has(input.a.b.c)', ['input.a.b.c? 4']],
    ['input.a ? [input.b] : {"k": input.c}', ['input.a 0', 'input.b 11', 'input.c 28']],
    ['size(input.a) + input.b.size()', ['input.a 5', 'input.b 16']],
  ])('%s', (text, expected) => {
    expect(paths(text)).toEqual(expected);
  });

  it.each(['map', 'filter', 'all', 'exists', 'exists_one'])('are not the variable of %s', (macro) => {
    const expression = `input.list.${macro}(x, x.a == input.b && index > 0)`;
    const at = `input.list.${macro}(x, x.a == `.length;
    expect(paths(expression)).toEqual(['input.list 0', `input.b ${at}`, `index ${at + 11}`]);
    expect(paths(`x || ${expression} || x`).filter((path) => path.startsWith('x '))).toEqual([
      'x 0',
      `x ${expression.length + 9}`,
    ]);
  });

  it('have the variable of an outer list within an inner one', () => {
    expect(paths('input.a.map(x, input.b.map(y, x + y + z))')).toEqual(['input.a 0', 'input.b 15', 'z 38']);
  });

  it('have the keys without their brackets and quotes', () => {
    const [path] = pathsIn(cel.parse("steps.train['val-auc'][2]").ast);
    expect(path?.keys).toEqual(['steps', 'train', 'val-auc', '2']);
  });
});

describe('the first field of a step that may be missing', () => {
  /** The expression as it is read. */
  const readAs = (text: string): string => {
    let [read, from] = ['', 0];
    for (const { at, text: inserted } of optionalFieldsIn(cel.parse(text).ast)) {
      read += text.slice(from, at) + inserted;
      from = at;
    }
    return read + text.slice(from);
  };

  it.each([
    ['steps.train.metrics.?f1.orValue(0.0)', 'steps.train.?metrics.?f1.orValue(0.0)'],
    ['steps.train.metrics[?"f1"].orValue(0.0)', 'steps.train.?metrics[?"f1"].orValue(0.0)'],
    ['steps . train . metrics.?f1.orValue(0.0)', 'steps . train .? metrics.?f1.orValue(0.0)'],
    [
      'steps.a.m.?x.orValue(1.0) + steps.b.m.?x.orValue(2.0)',
      'steps.a.?m.?x.orValue(1.0) + steps.b.?m.?x.orValue(2.0)',
    ],
  ])('is optional with what follows it: %s', (text, expected) => {
    expect(readAs(text)).toBe(expected);
  });

  it.each([
    'steps.train.metrics.f1',
    'steps.train.?metrics.?f1.orValue(0.0)',
    'steps.?train.?metrics.orValue(0.0)',
    'input.train.metrics.?f1.orValue(0.0)',
    'steps.train.metrics.f1 + input.?x.orValue(0.0)',
  ])('is left as it is written: %s', (text) => {
    expect(readAs(text)).toBe(text);
  });
});
