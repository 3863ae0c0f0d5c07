import { describe, expect, it } from '@jest/globals';
import type { GraphEdge, GraphNode } from '../../../src/pipelines/document/graph.js';
import { captionOf, layOut } from '../../../src/pipelines/document/layout.js';

const node = (name: string, more: Partial<GraphNode> = {}): GraphNode => ({
  ...{ name, kind: 'job', isEach: false, holdsBack: false, isLast: false },
  ...more,
});
/** Edges as `from>to`. */
const edges = (...all: string[]): GraphEdge[] =>
  all.map((each) => {
    const [from = '', to = ''] = each.split('>');
    return { from, to, why: 'needs' };
  });
/** The middle of each box. */
const places = (nodes: GraphNode[], of: GraphEdge[] = []): Record<string, [number, number]> =>
  Object.fromEntries(layOut({ nodes, edges: of }).nodes.map(({ name, at: { x, y } }) => [name, [x, y]]));

describe('a drawing', () => {
  it('of nothing is its margins', () => {
    expect(layOut({ nodes: [], edges: [] })).toEqual({ width: 40, height: 84, nodes: [], edges: [] });
  });

  it('has boxes as wide as the longer of their lines, and at least 80', () => {
    const nodes = [node('a'), node('a-longer-name'), node('b', { kind: 'domino.call', isEach: true })];
    const widths = layOut({ nodes, edges: [] }).nodes.map(({ width }) => width);
    expect(widths).toEqual([80, 24 + 13 * 7.6, 24 + 'domino.call × items'.length * 7.6]);
  });

  it('has a layer for each step that waits for the one before, and those of one layer side by side', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((name) => node(name));
    const drawn = layOut({ nodes, edges: edges('a>b', 'a>c', 'b>d', 'c>d') });
    expect([drawn.width, drawn.height]).toEqual([80 + 28 + 80 + 40, 40 + 44 + 2 * 92]);
    expect(places(nodes, edges('a>b', 'a>c', 'b>d', 'c>d'))).toEqual({
      ...{ a: [114, 42], b: [60, 134], c: [168, 134], d: [114, 226] },
    });
  });

  it('has an edge from the lower edge of a box to the upper one of the other, by a place in each layer between', () => {
    const nodes = ['a', 'b', 'c'].map((name) => node(name));
    const drawn = layOut({ nodes, edges: edges('a>b', 'b>c', 'a>c') });
    const [short, , long] = drawn.edges;
    const [a, b, c] = drawn.nodes;
    expect(short?.points).toEqual([
      { x: a?.at.x, y: 64 },
      { x: b?.at.x, y: 112 },
    ]);
    expect(long?.points).toEqual([
      { x: a?.at.x, y: 64 },
      { x: expect.any(Number), y: 134 },
      { x: c?.at.x, y: 204 },
    ]);
    // The place between is 8 wide, and stands beside the box of its layer.
    expect(Math.abs((long?.points[1]?.x ?? 0) - (b?.at.x ?? 0))).toBe(40 + 28 + 4);
  });

  it('crosses no edges that need not cross', () => {
    const nodes = ['a', 'b', 'x', 'y'].map((name) => node(name));
    const { a, b, x, y } = places(nodes, edges('a>y', 'b>x'));
    expect((a?.[0] ?? 0) < (b?.[0] ?? 0)).toBe((y?.[0] ?? 0) < (x?.[0] ?? 0));
  });

  it('has the steps of finally below all others, in the order of what they wait for', () => {
    const last = { isLast: true };
    const nodes = [node('a'), node('b'), node('tell', last), node('then', last), node('also', last)];
    const at = places(nodes, edges('a>b', 'tell>then'));
    expect(Object.entries(at).map(([name, [, y]]) => [name, (y - 42) / 92])).toEqual([
      ...[
        ['a', 0],
        ['b', 1],
        ['tell', 2],
        ['then', 3],
        ['also', 2],
      ],
    ]);
  });
});

describe('what stands below the name of a step', () => {
  it.each<[Partial<GraphNode>, string]>([
    [{}, 'job'],
    [{ isEach: true }, 'job × items'],
    [{ isLast: true, kind: 'http' }, 'http, finally'],
    [{ isLast: true, isEach: true }, 'job × items, finally'],
  ])('says what it does: %j', (more, caption) => {
    expect(captionOf(node('a', more))).toBe(caption);
  });
});
