/** Patterns that take for ever with some texts are told from those that only look like them. */
import { describe, expect, it } from '@jest/globals';
import { isEndless } from '../../../src/documents/pipeline/endless-pattern.js';

describe('a pattern', () => {
  it.each([
    ...['^(a+)+$', '(a|a)*b', '(a|aa)+$', '(a*)*b', '(a+b?)*c', '^([a-z]+)*$', '(x+x+)+y', '(.*)*'],
    ...[
      '(\\d+|[0-9a-f]+)*z',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
      '(?:a{1,100}){1,100}b',
      '(a?){30}a',
      '(a|a){50}b',
    ],
    ...[
      '((a|b)*|c)*d',
      '^(\\w+\\s?)*$',
      '(.+,)*x',
      '([^,]*,?)*x',
      '(?=(a+)+$)x',
      '(a{1,5}){20,}b',
      '(?!(a|a)*b)',
    ],
    ...[
      '('.repeat(80) + '){12}'.repeat(80),
      '.{0,12}'.repeat(60),
      '([^a]|[^b])*x',
      '(\\w|\\-)*\\-+$|(é|é)*x',
    ],
  ])('that can read one text in many ways is found out: %s', (pattern) => {
    expect(isEndless(pattern)).toBe(true);
  });

  it.each([
    ...[
      '^\\d{4}-\\d{2}$',
      '^[a-z][a-z0-9-]*$',
      '^[a-z]+(-[a-z]+)*$',
      '^[a-z0-9]+(?:[._-][a-z0-9]+)*$',
      '^(a|b)+$',
    ],
    ...[
      '^(foo|bar|foobar)$',
      '^[^@]+@[^@]+\\.[a-z]{2,}$',
      '^(\\d+)(,\\d+)*$',
      '.*foo.*bar',
      '^.{1,500}$',
      '^\\p{L}+$',
    ],
    ...[
      '^([0-9]{1,3}\\.){3}[0-9]{1,3}$',
      '^(?!-)[a-z-]{1,63}$',
      '^s3://[a-z0-9.-]+(/[^/ ]+)*$',
      '^(?<y>\\d{4})$',
    ],
    ...[
      '^[A-Za-z_]\\w*(\\.[A-Za-z_]\\w*)*$',
      '^(v?\\d+)(\\.\\d+){0,2}$',
      '^[\\w-.]+/[\\w.-]+$',
      '^(\\s*\\w+\\s*,)*$',
    ],
    ...[
      '^[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}$',
      '^[a-z]{200}$',
      '',
      'a{1000}',
      '^[a-z\\-]+\\-\\_$',
      '\\u{1F600}*',
    ],
    ...[
      '^(mon|tue|wed)(,(mon|tue|wed))*$',
      '^(\\+|-)?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$',
      '(a)(b)\\1*',
      '^$|^x\\b',
    ],
  ])('that reads each text in one way is let through: %s', (pattern) => {
    expect(isEndless(pattern)).toBe(false);
  });
});
