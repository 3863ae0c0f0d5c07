/** What is told of steps that have made nothing, because UbiOps had it already. */
import { describe, expect, it } from '@jest/globals';
import { build } from '../../../src/steps/ubiops/build.js';
import { environment } from '../../../src/steps/ubiops/environment.js';
import { revision } from '../../../src/steps/ubiops/revision.js';

const place = { project: 'p', environment: 'iris', revisionId: 'r', buildId: 'b', content: 'c' };

describe('what UbiOps had already', () => {
  it('is said of an environment that was found by its name', () => {
    const found = { ...place, environmentId: 'e', base: null, supportsRequestFormat: null, created: false };
    expect(environment.reuses?.(found, { project: 'p', name: 'iris' })).toBe('environment iris');
    expect(environment.reuses?.({ ...found, created: true }, { project: 'p', name: 'iris' })).toBeNull();
  });

  it.each([
    [null, 'revision r of iris', 'build b of iris'],
    ['t1', 'iris:t1', 'the build of iris:t1'],
  ])('is said of a revision and its build by what finds them: tag %s', (tag, added, built) => {
    const output = { ...place, tag, created: false, built: true };
    const source = {
      environment: { ...place, base: null, supportsRequestFormat: null },
      source: { files: {} },
    };
    expect(revision.reuses?.(output, source)).toBe(added);
    expect(revision.reuses?.({ ...output, created: true }, source)).toBeNull();
    expect(build.reuses?.({ ...output, size: null }, output)).toBe(built);
    expect(build.reuses?.({ ...output, size: null }, { ...output, built: false })).toBeNull();
  });
});
