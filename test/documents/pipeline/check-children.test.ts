/** Steps that run documents: what they are checked by, and what of that becomes a part of the document. */
import { describe, expect, it } from '@jest/globals';
import { checkDocument } from '../../../src/documents/pipeline/check.js';
import { type PipelineDocument, connectionsOf } from '../../../src/run/documents/documents.js';

const by = {
  file: 'x.yaml',
  platformOf: (name: string) => (name.startsWith('domino') ? 'domino' : null),
  methodsOf: () => null,
};

function documentIn(text: string, known: readonly PipelineDocument[] = []): PipelineDocument {
  const checked = check(text, known);
  if (!checked.ok) throw new Error(checked.faults.map(({ message }) => message).join('\n'));
  return checked.document;
}

const check = (text: string, known: readonly PipelineDocument[]) =>
  checkDocument(text, {
    ...by,
    documents: known.map(({ pipeline }) => pipeline),
    documentOf: (name) => known.find(({ pipeline }) => pipeline === name) ?? null,
  });

const faultsOf = (text: string, known: readonly PipelineDocument[]): string[] => {
  const checked = check(text, known);
  return checked.ok ? [] : checked.faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

const head = (name: string) => `longhaul: pipeline/v1\npipeline: ${name}\nconnection: domino-dev\n`;
const month =
  'input: { properties: { month: { type: string }, depth: { type: integer, default: 3 } }, required: [month], additionalProperties: false }\n';
const training = documentIn(
  `${head('training')}${month}steps:
  train: { uses: job, connection: domino-gpu, with: { project: a/b, command: go } }
outputs: { job: '\${{ steps.train.jobId }}' }
`,
);
const parent = (steps: string): string => `${head('parent')}${month}steps:\n${steps}`;

describe('a step that runs a document', () => {
  it('has it become a part of the document, and acts wherever that acts', () => {
    const document = documentIn(
      parent(`  one: { uses: pipeline, with: { pipeline: training, input: { month: '\${{ input.month }}' } } }
  two: { uses: pause, if: '\${{ steps.one.outputs.job != "" }}', with: { for: 1h } }
`),
      [training],
    );
    expect(document.children).toEqual({ training });
    expect(connectionsOf(document)).toEqual(['domino-dev', 'domino-gpu']);
    expect(documentIn(parent('  one: { uses: pause, with: { for: 1h } }\n'))).not.toHaveProperty('children');
  });

  it('hands over what the outputs of the document name, and nothing else', () => {
    const step = (read: string) =>
      parent(`  one: { uses: pipeline, with: { pipeline: training, input: { month: x } } }
  two: { uses: job, with: { project: a/b, command: [go, '\${{ ${read} }}'] } }
`);
    expect(faultsOf(step('steps.one.outputs.auc'), [training])).toEqual([
      '7:80 there is no "auc" in steps.one.outputs; the fields are job',
    ]);
    for (const read of ['steps.one.outputs.job', 'steps.one.outputs.?job.orValue("")'])
      expect(faultsOf(step(read), [training])).toEqual([]);
  });

  it('has its input checked by the schema of the document', () => {
    expect(
      faultsOf(
        parent(`  a: { uses: pipeline, with: { pipeline: training } }
  b: { uses: pipeline, with: { pipeline: training, input: { month: 3 } } }
  c: { uses: pipeline, with: { pipeline: training, input: { month: x, width: 2 } } }
  d: { uses: pipeline, with: { pipeline: training, input: { month: '\${{ input.depth }}' } } }
  e: { uses: pipeline, with: { pipeline: training, input: '\${{ input }}' } }
  f: { uses: pipeline, with: { pipeline: training, input: { month: x, depth: '\${{ input.depth }}' } } }
`),
        [training],
      ),
    ).toEqual([
      '6:24 steps.a.with.input.month is missing',
      '7:68 steps.b.with.input.month must be a text',
      '8:78 steps.c.with.input.width is not known; allowed are month, depth',
      '9:73 input.month must be a text; the expression is a number',
    ]);
  });

  it('cannot run what is not there, what has faults, or itself', () => {
    const around = documentIn(
      `${head('around')}steps:\n  a: { uses: pipeline, with: { pipeline: parent, input: { month: x } } }\n`,
      [documentIn(parent('  a: { uses: pause, with: { for: 1h } }\n'))],
    );
    const step = (name: string) =>
      `  a_${name}: { uses: pipeline, with: { pipeline: ${name}, input: { month: x } } }\n`;
    const text = parent(['trainng', 'parent', 'around', 'broken'].map(step).join(''));
    const checked = checkDocument(text, {
      ...by,
      documents: ['training', 'around', 'broken'],
      documentOf: (name) =>
        name === 'around' ? around : name === 'broken' ? { fault: 'has faults of its own' } : null,
    });
    expect(checked.ok ? [] : checked.faults.map(({ message }) => message)).toEqual([
      'there is no pipeline "trainng"; did you mean "training"?',
      'the pipeline "parent" would run itself',
      'the pipeline "around" runs "parent", which would run itself',
      'the pipeline "broken" has faults of its own',
    ]);
  });
});
