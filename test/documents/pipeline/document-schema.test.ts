import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { editorSchema } from '../../../src/documents/pipeline/document-schema.js';
import { schemasAt } from '../../../src/documents/pipeline/schema-at.js';
import { parseYaml } from '../../../src/documents/yaml.js';
import { type JsonSchema, isSchema, listIn, misfitsOf } from '../../../src/pipelines/document/json-schema.js';
import type { Json } from '../../../src/run/steps.js';

const schema = editorSchema();

/** The schema of the arguments of a kind. */
function withOf(uses: string): JsonSchema {
  const [step] = schemasAt(schema, ['steps', 'any']);
  const of = listIn(step?.['allOf'])
    .filter(isSchema)
    .find((one) => JSON.stringify(one['if']).includes(`"${uses}"`));
  const then = of?.['then'];
  const [found] = isSchema(then) ? schemasAt({ ...then, type: 'object' }, ['with']) : [];
  if (found === undefined) throw new Error(`there is none for ${uses}`);
  return found;
}

describe('the JSON Schema of documents', () => {
  it.each(readdirSync('examples/pipelines'))('lets an editor accept examples/pipelines/%s', (name) => {
    const { value } = parseYaml(readFileSync(`examples/pipelines/${name}`), { name });
    expect(misfitsOf(schema, value as Json)).toEqual([]); // YAML without tags is JSON
  });

  it('knows the arguments of each kind, and expressions in the place of values', () => {
    const job = withOf('job');
    expect(misfitsOf(job, { project: 'a/b', command: 'go', logLines: '${{ input.n }}' })).toEqual([]);
    expect(misfitsOf(job, { project: '${{ input.p }}', command: ['go', '${{ input.n }}'] })).toEqual([]);
    expect(misfitsOf(job, { project: 'a/b', command: 'go', logLines: 'many', hardware: 1 })).not.toEqual([]);
    expect(misfitsOf(withOf('register'), { model: 'm', job: '${{ steps.train }}' })).toEqual([]);
    expect(misfitsOf(withOf('domino.register'), { model: 'm' })).toEqual([
      { path: ['job'], problem: 'is missing' },
    ]);
  });

  it('refuses what is no document', () => {
    expect(misfitsOf(schema, { longhaul: 'pipeline/v2', pipeline: 'X', steps: {} })).toHaveLength(2);
  });
});
