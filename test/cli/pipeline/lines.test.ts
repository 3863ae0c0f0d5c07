import { describe, expect, it } from '@jest/globals';
import { documentLines, faultLines } from '../../../src/cli/pipeline/lines.js';
import { builtInLines, listLines } from '../../../src/cli/pipeline/show.js';
import { pipelines } from '../../../src/pipelines/built-in.js';
import { documentOf } from '../../support/documents.js';

const fault = (line: number, column: number) => ({ file: 'x.yaml', line, column, message: 'is wrong' });

describe('a fault of a document', () => {
  it('is shown with its line, and a caret where it is', () => {
    expect(faultLines([fault(2, 9)], 'steps:\n  a: {  uses: x }\n')).toEqual([
      'x.yaml:2:9: is wrong',
      '    2 |   a: {  uses: x }',
      '      |         ^',
    ]);
  });

  it('is found in a long line too, within the width of a terminal', () => {
    const text = `${'x'.repeat(200)}Y${'z'.repeat(200)}`;
    const [, line = '', caret = ''] = faultLines([fault(1, 201)], text);
    expect(line).toHaveLength(80);
    expect(line[caret.indexOf('^')]).toBe('Y');
  });

  it('cannot steer the terminal', () => {
    expect(faultLines([{ ...fault(1, 1), message: 'a\u001b[2Jb' }], '\u001b[31m').join('')).not.toContain(
      '\u001b',
    );
  });
});

describe('a list of pipelines, and one of them', () => {
  it('shows the steps of each platform where a pipeline exists on several', () => {
    const lines = builtInLines({
      ...{ kind: 'built-in', name: 'build-environment' },
      pipeline: pipelines['build-environment'],
    });
    expect(lines).toEqual([
      'Its steps are those of the platform of its connection.',
      '',
      'On a connection of domino:',
      'STEP         KIND                WAITS FOR              NOTE',
      'environment  domino.environment',
      'revision     domino.revision     environment',
      'build        domino.build        environment, revision',
      '',
      'On a connection of ubiops:',
      'STEP         KIND                WAITS FOR    NOTE',
      'environment  ubiops.environment',
      'revision     ubiops.revision     environment',
      'build        ubiops.build        revision',
      '',
      'its input: docs/reference/build-environment.input.schema.json',
    ]);
    const { retrain } = pipelines;
    expect(builtInLines({ kind: 'built-in', name: 'retrain', pipeline: retrain })[0]).toMatch(/^STEP /);
  });

  const names = Array.from({ length: 40 }, (_, at) => `step${'x'.repeat(30)}${at}`);
  const steps = names
    .map(
      (name, at) =>
        `  ${name}: { uses: job, tries: 3, within: 2h, onFailure: continue, needs: [${names.slice(Math.max(0, at - 3), at).join(', ')}], with: { project: a/b, command: go } }`,
    )
    .join('\n');
  const outputs = names.map((name) => `o${name}: '\${{ steps.${name}.jobId }}'`).join(', ');
  const document = documentOf(
    'a-connection-of-some-length',
    `${steps}\n  end: { uses: gate, with: { metrics: { auc: 1 }, conditions: [auc > 0] } }\n  last: { uses: job, with: { project: a/b, command: go } }`,
    {
      more: `description: ${'Long words. '.repeat(20)}\noutputs: { ${outputs} }`,
    },
  );

  it('fit a terminal of 80 columns, and the list leaves the rest of a long pipeline to `pipeline show`', () => {
    const shown = documentLines(document);
    const listed = listLines([{ name: 'mine', steps: names }]);
    expect([...shown, ...listed].filter(({ length }) => length > 80)).toEqual([]);
    expect(shown.join(' ')).toContain(names.at(-1) ?? '');
    expect(listed.length).toBeLessThan(8);
  });
});
