import { describe, expect, it } from '@jest/globals';
import { type Principal, localPrincipal, may, requireRole } from '../../src/access/principal.js';

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
