/** How long it takes to check a pipeline document of 200 steps, and to prepare what a run asks of it. */
import { checkDocument } from '../dist/documents/pipeline/check.js';
import { prepareDocument } from '../dist/pipelines/document/evaluate.js';

const steps = 200;
const rounds = 20;

/** Chains of four jobs, each with a condition, a list of words and an expression in it. */
const text = [
  'longhaul: pipeline/v1',
  'pipeline: large',
  'connection: domino-dev',
  "input: { properties: { month: { type: string, pattern: '^[0-9-]+$' }, n: { type: integer } }, required: [month, n] }",
  'steps:',
  ...Array.from({ length: steps }, (_, n) =>
    [
      `  s${n}:`,
      '    uses: job',
      `    if: \${{ input.n > ${n % 7} }}`,
      ...(n % 4 === 0 ? [] : [`    needs: s${n - 1}`]),
      '    within: 2h',
      '    with:',
      '      project: ds/large',
      `      command: [python, step.py, --month, "\${{ input.month }}", --after, "${n < 4 ? '' : `\${{ steps.s${n - 4}.jobId }}`}"]`,
    ].join('\n'),
  ),
  '',
].join('\n');

/** Rows of the table of figures. */
export function measureDocuments() {
  const check = () =>
    checkDocument(text, { file: 'large.yaml', platformOf: () => 'domino', methodsOf: () => null });
  const first = timed(check);
  if (!first.value.ok) throw new Error(`the document has faults: ${first.value.faults[0]?.message}`);
  const { document } = first.value;
  const later = Array.from({ length: rounds }, () => timed(check).ms).sort((a, b) => a - b);
  const scope = { input: { month: '2026-12', n: 9 }, steps: { s0: { jobId: 'j' } } };
  const spec = timed(() => prepareDocument(document).specOf('s4', scope));
  const size = Buffer.byteLength(JSON.stringify(document));
  return [
    [`check a document of ${steps} steps, the first time in a process`, `${first.ms.toFixed(0)} ms`, ''],
    [`the same, median of ${rounds}`, `${later[rounds / 2].toFixed(0)} ms`, '≤ 100 ms'],
    ['what it adds to the start of a run', `${(size / 1024).toFixed(0)} KiB`, '≤ 256 KiB'],
    ['the spec of one step, prepared and evaluated', `${spec.ms.toFixed(2)} ms`, ''],
  ];
}

function timed(perform) {
  const start = performance.now();
  const value = perform();
  return { value, ms: performance.now() - start };
}
