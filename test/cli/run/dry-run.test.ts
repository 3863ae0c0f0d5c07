import { describe, expect, it } from '@jest/globals';
import { verdictOn } from '../../../src/cli/run/dry-run.js';
import type { Finding } from '../../../src/run/inputs/preflight.js';

const finding = (verdict: Finding['verdict'], code?: Finding['code']): Finding => ({
  ...{ kind: 'project', field: 'project', value: 'ada/iris', verdict },
  ...(code !== undefined && { code }),
});

describe('a dry run', () => {
  it('exits with 0 where all was found, and with 2 where something is missing', () => {
    expect(verdictOn({ ok: true, findings: [finding('found')] })).toEqual({
      lines: ['Nothing was started. The input fits, and what it names is there.'],
      exitCode: 0,
    });
    const findings = [finding('unknown', 'CREDENTIALS_REJECTED'), finding('missing')];
    expect(verdictOn({ ok: false, findings })).toEqual({
      lines: ['Nothing was started. A run would fail at once.'],
      exitCode: 2,
    });
  });

  it.each([
    ['CREDENTIALS_REJECTED', 3, 'Renew the credential'],
    ['PLATFORM_UNAVAILABLE', 9, ''],
  ] as const)(
    'exits as %s does where that keeps it from looking, and says what to do',
    (code, exit, advice) => {
      const { lines, exitCode } = verdictOn({
        ok: true,
        findings: [finding('found'), finding('unknown', code)],
      });
      expect(exitCode).toBe(exit);
      expect(lines[0]).toBe(
        'Nothing was started. The input fits, but not all that it names could be looked up.',
      );
      expect(lines[1]).toContain(`  → ${advice}`);
    },
  );

  it('exits with 1 where a worker of a version before does not say why', () => {
    expect(verdictOn({ ok: true, findings: [finding('unknown')] }).exitCode).toBe(1);
  });
});
