/** What the doctor says of workers and clocks. */
import { expect, it } from '@jest/globals';
import { auditFinding } from '../../../src/cli/doctor/audit-folder.js';
import { clockFinding, urlFinding } from '../../../src/cli/doctor/connections.js';
import { workersFinding } from '../../../src/cli/doctor/workers.js';
import { loadConfig } from '../../../src/config.js';

it.each([
  ['/proc/nowhere', '/proc has no room for a file'],
  [process.execPath, `${process.execPath} is no folder`],
  [`${process.execPath}/audit`, `${process.execPath} is no folder`],
])('says that nothing can be recorded in %s', async (directory, line) => {
  const finding = await auditFinding({ audit: { ...loadConfig({ env: {} }).audit, directory } });
  expect(finding).toMatchObject({ ok: false, line, cure: expect.any(String) });
});

it('names the workers of a queue with their builds, or what starts one', () => {
  const seenAt = '2026-11-30T10:00:00.000Z';
  const pollers = [
    { identity: '1@a', build: 'aa60f6ff966a', seenAt },
    { identity: '2@b', build: 'bb60f6ff966a', seenAt },
  ];
  const start = 'longhaul worker --connections domino-dev';
  expect(workersFinding('domino-dev', pollers, start)).toMatchObject({
    ok: true,
    line: '2 workers (1@a, 2@b), builds aa60f6ff966a, bb60f6ff966a',
  });
  expect(workersFinding('domino-dev', [], start)).toMatchObject({
    ok: false,
    cure: 'Start one: `longhaul worker --connections domino-dev`.',
    exitCode: 9,
  });
});

it('says of a clock that is off by more than seconds in which direction, and how to set it', () => {
  expect(clockFinding('clock', null)).toEqual([]);
  expect(clockFinding('clock', -4_000)).toMatchObject([{ ok: true }]);
  expect(clockFinding('clock', 65_000)).toMatchObject([
    { ok: false, line: '1m05s ahead of this machine', cure: expect.stringContaining('NTP'), exitCode: 1 },
  ]);
});

it('says of a worker that asks another host than is configured here that both share a namespace', () => {
  const asked = (url?: string) =>
    urlFinding('domino-prod', 'https://domino.example.com/', {
      host: 'a',
      ...(url !== undefined && { url }),
    });
  expect([asked(), asked('https://domino.example.com')]).toEqual([[], []]);
  expect(asked('https://staging.example.com')).toMatchObject([
    {
      ...{ ok: false, subject: 'domino-prod url', exitCode: 2 },
      line: 'a worker on a asks https://staging.example.com, and https://domino.example.com/ is configured here',
      cure: expect.stringContaining('TEMPORAL_NAMESPACE'),
    },
  ]);
});
