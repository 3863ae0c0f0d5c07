import { describe, expect, it } from '@jest/globals';
import { creationOptions, missingOf, tagIn, tagOf, tagged } from '../../src/run/search-attributes.js';

describe('search attributes', () => {
  it('are missing where a namespace does not name them, and are created with their type', () => {
    const known = {
      ...{ LonghaulPipeline: 2, LonghaulStatus: 2, LonghaulStep: 2, LonghaulConnection: 2 },
      ...{ LonghaulFailure: 2, LonghaulModel: 2 },
    };
    expect(creationOptions(missingOf(known))).toBe(
      '--name LonghaulOutcome --type Keyword --name LonghaulTags --type KeywordList',
    );
    expect(missingOf({ ...known, LonghaulOutcome: 2, LonghaulTags: 7 })).toEqual({});
  });

  it('leave three of the ten columns of type Keyword to others', () => {
    expect(Object.values(missingOf({})).filter((type) => type === 'Keyword')).toHaveLength(7);
  });
});

describe('tags', () => {
  it('are found by their kind, whatever their value holds', () => {
    const tags = [tagOf('trigger', 'http'), tagOf('campaign', 'a:b')];
    expect(tagIn(tags, 'campaign')).toBe('a:b');
    expect(tagIn(tags, 'fingerprint')).toBeUndefined();
  });

  it('are asked for by their whole text, quoted', () => {
    expect(tagged('campaign', "x' OR '1")).toBe(String.raw`LonghaulTags = 'campaign:x\' OR \'1'`);
  });
});
