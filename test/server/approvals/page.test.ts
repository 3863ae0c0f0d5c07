import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ApprovalRequest } from '../../../src/run/retraining/retraining.js';
import { messagePage, pageHeaders, questionPage, settledPage } from '../../../src/server/approvals/page.js';
import { escaped } from '../../../src/server/approvals/html.js';
import { running } from '../../cli/run/runs.js';

const attack = `"><script>alert('1')</script><img src=x onerror=alert(1)>&amp;`;
const request: ApprovalRequest = {
  model: 'iris',
  version: 4,
  metrics: { accuracy: 0.95, recall: 0.5 },
  live: { version: 3, metrics: { accuracy: 0.93, loss: 0.1 } },
  changed: ['commit 1a2b → 3c4d'],
  until: '2026-11-24T10:00:00.000Z',
};
const question = { runId: 'retrain.nightly', approver: 'webhook:team', request };

describe('the page of an approval', () => {
  it('shows the new model beside the live one, what changed and until when', () => {
    const page = questionPage(question);
    expect(page).toContain('<h1>Put iris version 4 live?</h1>');
    const text = page.replaceAll(/<[^>]*>|\s+/g, ' ').replaceAll(/ +/g, ' ');
    expect(text).toContain('accuracy 0.95 0.93 recall 0.5 – loss – 0.1');
    expect(page).toContain('<li>commit 1a2b → 3c4d</li>');
    expect(page).toContain('2026-11-24 10:00 UTC');
    expect(page).toContain('You decide as webhook:team');
  });

  it('says so where nothing is live, nothing measured and nothing known to have changed', () => {
    const page = questionPage({ ...question, request: { ...request, live: null, metrics: {}, changed: [] } });
    for (const line of ['<dd>nothing</dd>', 'None was measured.', 'Nothing that is known.'])
      expect(page).toContain(line);
  });

  it('makes text of every value, wherever it stands', () => {
    const page = questionPage({
      runId: attack,
      approver: attack,
      request: {
        model: attack,
        version: attack,
        metrics: { [attack]: 1 },
        live: { version: attack, metrics: { [`${attack}2`]: 1 } },
        changed: [attack],
        lines: [{ name: attack, value: attack }],
        until: attack,
      },
    });
    const others = messagePage(attack, [attack]);
    for (const made of [page, others]) {
      expect(made).not.toMatch(/<script|<img|onerror=alert\(1\)>(?!&)/);
      expect(made).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;');
      expect(made).toContain('&amp;amp;');
    }
  });

  it('lets no name hide itself or turn the text after it', () => {
    expect(escaped('a\u202eb\u0000c\u001b[2J\u2066d')).toBe('a\\u202eb\\u0000c\\u001b[2J\\u2066d');
    expect(escaped('accuracy größer 0,9 – 模型')).toBe('accuracy größer 0,9 – 模型');
  });

  it('is allowed nothing but its own style, by a hash', () => {
    expect(pageHeaders['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+='/,
    );
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(questionPage(question)) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(pageHeaders['content-security-policy']).toContain(`'sha256-${hash}'`);
    expect(questionPage(question)).not.toMatch(/<script|style="|\ssrc=|\shref=|\son\w+=/);
  });

  it('says how it was decided, or that it is not known', () => {
    const output = { decision: 'rejected', by: 'ada <x>', at: '2026-11-22T08:01:02.000Z' };
    const state = { status: 'succeeded', startedAt: output.at, endedAt: output.at, output } as const;
    const step = { name: 'approve', tries: 1, references: [], state };
    expect(settledPage({ ...running, steps: [step] })).toContain(
      'It was rejected by ada &lt;x&gt;, 2026-11-22 08:01 UTC.',
    );
    expect(settledPage({ ...running, status: 'cancelled', endedAt: output.at })).toContain(
      'The run has ended.',
    );
    expect(() => settledPage({ ...running, steps: [], notice: 'no worker' })).toThrow('no worker answers');
  });
});
