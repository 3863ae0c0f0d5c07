import { describe, expect, it } from '@jest/globals';
import {
  type Principal,
  cancellableBy,
  localPrincipal,
  may,
  requireRole,
} from '../../src/access/principal.js';

const ada: Principal = {
  id: 'k1',
  name: 'ada',
  kind: 'key',
  grants: [
    { role: 'viewer', pipelines: ['*'], connections: ['*'] },
    { role: 'operator', pipelines: ['train'], connections: ['dev', 'test'] },
  ],
};

describe('what a principal may', () => {
  it.each([
    ['viewer', { pipeline: 'deploy', connection: 'prod' }, true],
    ['operator', { pipeline: 'train', connection: 'dev' }, true],
    ['operator', { pipeline: 'train', connection: 'prod' }, false],
    ['operator', { pipeline: 'deploy', connection: 'dev' }, false],
    ['operator', { pipeline: 'train' }, true],
    ['operator', {}, true],
    ['admin', {}, false],
    ['admin', { pipeline: 'train', connection: 'dev' }, false],
  ] as const)(
    'as %s on %j is %s: one grant must have both the role and the scope',
    (role, scope, allowed) => {
      expect(may(ada, role, scope)).toBe(allowed);
    },
  );

  it('is nothing without a grant', () => {
    expect(may({ ...ada, grants: [] }, 'viewer')).toBe(false);
  });

  it('is everything for the local principal', () => {
    expect(may(localPrincipal, 'admin', { pipeline: 'train', connection: 'prod' })).toBe(true);
  });

  it('does not reach a run whose connection is not known, unless all are granted', () => {
    const unknown: { pipeline: string; connection?: string } = { pipeline: 'train' };
    Object.assign(unknown, { connection: undefined });
    expect(may(ada, 'operator', unknown)).toBe(false);
    expect(may(ada, 'viewer', unknown)).toBe(true);
  });
});

describe('a right on a run that uses several connections', () => {
  const scope = (...connection: string[]) => ({ pipeline: 'train', connection });
  const split: Principal = {
    ...ada,
    grants: [
      { role: 'operator', pipelines: ['train'], connections: ['dev'] },
      { role: 'admin', pipelines: ['train', 'other'], connections: ['prod'] },
    ],
  };

  it('is one on each of them, whichever grant gives it', () => {
    expect(may(ada, 'operator', scope('dev', 'test'))).toBe(true);
    expect(may(ada, 'operator', scope('dev', 'prod'))).toBe(false);
    expect(may(split, 'operator', scope('dev', 'prod'))).toBe(true);
    expect(may(split, 'admin', scope('dev', 'prod'))).toBe(false);
    expect(may(split, 'viewer', { pipeline: 'other', connection: ['dev', 'prod'] })).toBe(false);
  });

  it('is none where it is not known which it uses, unless all are granted', () => {
    expect(may(ada, 'operator', scope())).toBe(false);
    expect(may(localPrincipal, 'admin', scope())).toBe(true);
  });

  it('is refused by the name of the one that is missing', () => {
    expect(() => requireRole(ada, 'operator', 'this', scope('dev', 'prod'))).toThrow(
      'this needs the role operator on pipeline train on connection prod, which ada lacks',
    );
  });

  it('lets cancel the runs of those pipelines for which it holds on each; of all, for who may do anything', () => {
    expect(cancellableBy(split, ['prod', 'dev'], ['train', 'other'])).toEqual(['train']);
    expect(cancellableBy(split, ['prod'], ['train', 'other'])).toEqual(['train', 'other']);
    const almost: Principal = { ...ada, grants: [{ role: 'admin', pipelines: ['*'], connections: ['dev'] }] };
    expect(cancellableBy(almost, ['dev'], ['train'])).toEqual(['train']);
    expect(cancellableBy(localPrincipal, ['dev'], ['train'])).toEqual(['*']);
  });
});

describe('requireRole', () => {
  it('says what was refused and which role is needed, and on what', () => {
    const refused = () =>
      requireRole(ada, 'operator', 'cancelling a run', { pipeline: 'deploy', connection: 'prod' });
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'ACCESS_DENIED',
        message:
          'cancelling a run needs the role operator on pipeline deploy on connection prod, which ada lacks',
      }),
    );
    expect(() => requireRole(ada, 'admin', 'creating a key')).toThrow(
      'creating a key needs the role admin, which ada lacks',
    );
  });

  it('lets through who may', () => {
    expect(() => requireRole(ada, 'viewer', 'listing runs')).not.toThrow();
  });
});
