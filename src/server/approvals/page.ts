/** The pages of a link by which a receiver decides on an approval: nothing in them is fetched, and nothing runs. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { linesOf, metricRows, shownDigest } from '../../run/approvals/approvals.js';
import { LonghaulError } from '../../run/failures/errors.js';
import type { ApprovalRequest } from '../../run/retraining/retraining.js';
import type { Run } from '../../run/steps.js';
import { Html, html } from './html.js';

const style = `
:root { color-scheme: light dark; --line: #8885; --good: #1a7f37; --bad: #b42318; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1rem; margin: 1.75rem 0 0.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; margin: 0; }
dt { opacity: 0.7; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.375rem 0.5rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
h1, p, dd, th, td, li { unicode-bidi: isolate; }
th:not(:first-child), td:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
ul { margin: 0; padding-left: 1.25rem; overflow-wrap: anywhere; }
label { display: block; font-weight: 600; margin: 1.75rem 0 0.375rem; }
textarea { box-sizing: border-box; width: 100%; font: inherit; padding: 0.5rem; border-radius: 0.375rem; }
button { font: inherit; font-weight: 600; color: #fff; border: 0; border-radius: 0.375rem; padding: 0.625rem 1.5rem; }
button:focus-visible, textarea:focus-visible { outline: 3px solid #4c8dff; outline-offset: 2px; }
.buttons { display: flex; gap: 0.75rem; margin-top: 1rem; }
.approve { background: var(--good); }
.reject { background: var(--bad); }
.small { opacity: 0.7; font-size: 0.875rem; }
`;

/** Whole, because its hash is over every blank in it. */
const styleElement = new Html(`<style>${style}</style>`);
const styleHash = createHash('sha256').update(style).digest('base64');

/** What the browser must keep to: nothing is loaded, framed, kept, indexed or told to other sites. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'x-robots-tag': 'noindex, nofollow, noarchive',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const page = (title: string, body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;

/** What is to be decided, on which run, and by whom. */
export interface ApprovalQuestion {
  readonly runId: string;
  readonly approver: string;
  readonly request: ApprovalRequest;
}

/** Shows what is to be decided, and the form that decides it. */
export function questionPage({ runId, approver, request }: ApprovalQuestion): string {
  const { model, version, live, until } = request;
  const title = `Put ${model} version ${version} live?`;
  return page(
    title,
    html`<h1>${title}</h1>
      <dl>
        <dt>Run</dt>
        <dd>${runId}</dd>
        <dt>Live now</dt>
        <dd>${live === null ? 'nothing' : `version ${live.version}`}</dd>
        <dt>Decide until</dt>
        <dd><time datetime="${until}">${timeOf(until)}</time></dd>
      </dl>
      ${subjectOf(request)} ${metricsOf(request)} ${changesOf(request)}
      <form method="post">
        <label for="reason">Why</label>
        <textarea id="reason" name="reason" rows="3" maxlength="1000" required></textarea>
        <div class="buttons">
          <button class="approve" name="action" value="approve">Approve</button>
          <button class="reject" name="action" value="reject">Reject</button>
        </div>
      </form>
      <p class="small">
        You decide as ${approver}, once. Whoever has this link may decide: do not pass it on.
      </p>`,
  );
}

/** Says how it stands, when there is nothing to decide (any more). */
export const messagePage = (title: string, lines: readonly string[]): string =>
  page(
    title,
    html`<h1>${title}</h1>
      ${lines.map((line) => html`<p>${line}</p> `)}`,
  );

/** `2026-11-24 10:00 UTC`. */
const timeOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

const Settled = z.object({
  decision: z.enum(['approved', 'rejected', 'expired']),
  by: z.string().optional(),
  at: z.string(),
});

/**
 * Says how it was settled: by a decision, by nobody in time, or by the end of the run.
 * @throws LonghaulError `WORKER_SILENT` when it is not known how the run stands
 */
export function settledPage({ runId, steps, notice, endedAt }: Run): string {
  const data = steps
    .map(({ state }) => Settled.safeParse('output' in state ? state.output : null).data)
    .find((settled) => settled !== undefined);
  if (data !== undefined) {
    const by = data.by === undefined ? '' : ` by ${data.by}`;
    return messagePage('Decided before', [
      `It was ${data.decision}${by}, ${timeOf(data.at)}.`,
      `Run ${runId}`,
    ]);
  }
  if (notice !== undefined && endedAt === undefined)
    throw new LonghaulError('WORKER_SILENT', 'no worker answers for the run; try again later');
  const line = endedAt === undefined ? 'The run awaits no approval now.' : 'The run has ended.';
  return messagePage('Nothing to decide', [line, `Run ${runId}`]);
}

/** What is deployed where: what the decision is for, and nothing else. */
function subjectOf({ digest = '', ...request }: ApprovalRequest): Html {
  const lines = linesOf(request);
  if (lines.length === 0) return html``;
  return html`<h2>What would be deployed</h2>
    <dl>
      ${lines.map(
        ({ name, value }) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
      <dt>digest</dt>
      <dd>${digest.slice(0, shownDigest)}</dd>
    </dl>`;
}

function metricsOf(request: ApprovalRequest): Html {
  const rows = metricRows(request);
  if (rows.length === 0)
    return html`<h2>Metrics</h2>
      <p>None was measured.</p>`;
  const cell = (value: number | null): string => (value === null ? '–' : String(value));
  return html`<h2>Metrics</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">New</th>
          <th scope="col">Live</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ metric, value, live }) =>
            html`<tr>
              <th scope="row">${metric}</th>
              <td>${cell(value)}</td>
              <td>${cell(live)}</td>
            </tr> `,
        )}
      </tbody>
    </table>`;
}

function changesOf({ changed }: ApprovalRequest): Html {
  if (changed.length === 0)
    return html`<h2>What changed</h2>
      <p>Nothing that is known.</p>`;
  return html`<h2>What changed</h2>
    <ul>
      ${changed.map((line) => html`<li>${line}</li> `)}
    </ul>`;
}
