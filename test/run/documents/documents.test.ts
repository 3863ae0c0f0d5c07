/** Documents, those that their steps run, and configured ones that cannot be run. */
import { describe, expect, it } from '@jest/globals';
import {
  allSteps,
  asWritten,
  connectionsOf,
  usedBy,
  withChildren,
} from '../../../src/run/documents/documents.js';
import { faultLinesOf, refuseFaulty, sayUnread } from '../../../src/run/documents/faulty-documents.js';
import { performUndo } from '../../../src/run/undoing/undoing.js';
import { undoCall } from '../../support/undo-call.js';

const of = (more: object) => ({ pipeline: 'p', fits: 'x', steps: {}, ...more }) as never; // of a document, what is asked
const grandchild = { pipeline: 'g', fits: 'x', steps: { d: { connection: 'far' } } };
const child = { pipeline: 'c', fits: 'x', steps: { c: { connection: 'dev' } }, children: { grandchild } };
const document = of({
  steps: { a: { connection: 'dev' }, b: {} },
  finally: { steps: { last: { connection: 'mail' } } },
  children: { child },
});

describe('a document', () => {
  it('has the steps at its end too, and those of the documents that it runs', () => {
    expect(allSteps(document).map(([name]) => name)).toEqual(['a', 'b', 'last']);
    expect(allSteps(of({ steps: { a: {} } })).map(([name]) => name)).toEqual(['a']);
    expect(withChildren(document)).toEqual([document, child, grandchild]);
    expect(connectionsOf(document)).toEqual(['dev', 'mail', 'far']);
    expect(connectionsOf(of({}))).toEqual([]);
  });

  it('is written without what was found out about it', () => {
    expect(JSON.stringify(asWritten(document))).not.toContain('fits');
    expect(asWritten(document)).toMatchObject({
      children: { child: { children: { grandchild: { pipeline: 'g' } } } },
    });
    expect(asWritten(of({}))).not.toHaveProperty('children');
  });
});

it('a run is on its connection, or on all that it is said to use', () => {
  expect(usedBy({ connection: 'dev' })).toEqual(['dev']);
  expect(usedBy({ connection: 'dev', connections: ['dev', 'far'] })).toEqual(['dev', 'far']);
});

describe('a configured document with faults', () => {
  const faulty = [
    { pipeline: 'p', faults: ['p.yaml:1:1 a', 'p.yaml:2:1 b'] },
    { pipeline: null, faults: ['q.yaml: no such file'] },
  ];

  it('refuses its own pipeline alone, with all of them', () => {
    expect(() => {
      refuseFaulty('p', faulty);
    }).toThrow('the document of the pipeline "p" has faults:\n  p.yaml:1:1 a\n  p.yaml:2:1 b');
    refuseFaulty('other', faulty);
    expect(faultLinesOf(faulty)).toHaveLength(3);
  });

  it('may be the one that is looked for, where it cannot be read', () => {
    expect(sayUnread(faulty)).toBe('. What the configuration also names:\n  q.yaml: no such file');
    expect(sayUnread(faulty.slice(0, 1))).toBe('');
  });
});

it('what undoes is called by its name, with what it is told', async () => {
  const { target, ...undoing } = undoCall('train');
  const stopJobs = (asked: unknown) => Promise.resolve(asked);
  expect(await performUndo({ stopJobs }, { target, ...undoing })).toEqual({
    ...undoing,
    project: 'ada/iris',
  });
  expect(() => performUndo({}, { target, ...undoing })).toThrow('nothing undoes by stopJobs');
});
