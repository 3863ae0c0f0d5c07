import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkDocument } from '../../../src/documents/pipeline/check.js';
import { pipelines } from '../../../src/pipelines/built-in.js';
import {
  type Graph,
  essential,
  graphOfDocument,
  graphOfPipeline,
} from '../../../src/pipelines/document/graph.js';
import { boxHeight, layOut } from '../../../src/pipelines/document/layout.js';
import { mermaidOf } from '../../../src/pipelines/document/mermaid.js';
import { svgOf } from '../../../src/pipelines/document/svg.js';

function graphOf(name: string): Graph {
  const file = `examples/pipelines/${name}.yaml`;
  const checked = checkDocument(readFileSync(file), {
    file,
    platformOf: () => 'domino',
    methodsOf: () => null,
  });
  if (!checked.ok) throw new Error('it has faults');
  return graphOfDocument(checked.document);
}

const arrows = ({ edges }: Graph, of: Graph['edges'][number]['why']): string[] =>
  edges.filter(({ why }) => why === of).map(({ from, to }) => `${from} → ${to}`);

describe('the graph of a document', () => {
  it('has an edge for each step that is read, and one for what is held back and waits for nothing else', () => {
    const graph = graphOf('sweep');
    expect(arrows(graph, 'needs')).toContain('train → best');
    expect(arrows(graph, 'holds')).toEqual(['gate → register']); // and with it deploy
    expect(graph.nodes.find(({ name }) => name === 'train')).toMatchObject({ kind: 'job', isEach: true });
  });

  it('draws what a built-in pipeline holds back as well', () => {
    expect(arrows(graphOfPipeline(pipelines.retrain.steps), 'holds')).toEqual([
      'decide → environment',
      'gate → compare',
      'compare → register',
    ]);
  });
});

it('what is drawn of a graph leaves out edges whose step is waited for by another way too', () => {
  const node = { kind: 'job', isEach: false, holdsBack: false, isLast: false };
  const edge = (from: string, to: string) => ({ from, to, why: 'needs' as const });
  const [ab, bc, ac, ad] = [edge('a', 'b'), edge('b', 'c'), edge('a', 'c'), edge('a', 'd')];
  const nodes = ['a', 'b', 'c', 'd'].map((name) => ({ ...node, name }));
  expect(essential({ nodes, edges: [ab, bc, ac, ad] })).toEqual({ nodes, edges: [ab, bc, ad] });
});

describe('Mermaid', () => {
  it('has numbers as ids, so that a step may be called end', () => {
    const node = { kind: 'end', isEach: false, holdsBack: true, isLast: false };
    const text = mermaidOf({
      nodes: [
        { ...node, name: 'end' },
        { ...node, name: 'after', kind: 'job', holdsBack: false, isEach: true },
        { ...node, name: 'tell', kind: 'job', holdsBack: false, isLast: true },
      ],
      edges: [{ from: 'end', to: 'after', why: 'holds' }],
    });
    expect(text).toBe(`flowchart TD
  s1{{"end"}}
  s2["after<br/>job<br/>once for each item"]
  subgraph finally
    s3["tell<br/>job"]
  end
  s1 -. holds back .-> s2
`);
  });
});

describe.each(['sweep', 'etl-train-deploy'])('the drawing of %s', (name) => {
  const graph = graphOf(name);
  const { width, height, nodes, edges } = layOut(graph);

  it('has no two boxes on each other, and none outside', () => {
    for (const [index, a] of nodes.entries()) {
      expect(a.at.x - a.width / 2).toBeGreaterThanOrEqual(0);
      expect(a.at.x + a.width / 2).toBeLessThanOrEqual(width);
      expect(a.at.y + boxHeight / 2).toBeLessThanOrEqual(height);
      for (const b of nodes.slice(index + 1)) {
        const isBeside = Math.abs(a.at.x - b.at.x) >= (a.width + b.width) / 2;
        expect(isBeside || Math.abs(a.at.y - b.at.y) >= boxHeight).toBe(true);
      }
    }
  });

  it('leads from top to bottom', () => {
    for (const { points } of edges) {
      const heights = points.map(({ y }) => y);
      expect(heights).toEqual(heights.toSorted((a, b) => a - b));
      expect(new Set(heights).size).toBe(points.length);
    }
  });

  it('is one SVG with every step, and with the state of each where it is known', () => {
    const svg = svgOf(graph, { title: `a < b & "c"`, states: new Map([['deploy', 'succeeded']]) });
    expect(svg).toContain('<title>a &lt; b &amp; &quot;c&quot;</title>');
    for (const node of graph.nodes) expect(svg).toContain(`>${node.name}</text>`);
    expect(svg.match(/class="step succeeded"/g)).toHaveLength(1);
    const last = graph.nodes.filter(({ isLast }) => isLast);
    for (const { kind } of last) expect(svg).toContain(`>${kind}, finally</text>`);
    expect(svg.match(/class="step last"/g) ?? []).toHaveLength(last.length);
    expect(svg.match(/<path class="edge/g)).toHaveLength(graph.edges.length);
    expect(svgOf(graph, { title: 'x' })).toBe(svgOf(graph, { title: 'x' }));
  });
});
