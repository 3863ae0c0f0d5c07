/** Where the steps of a graph are drawn: in layers from top to bottom, with few crossings. */
import type { Graph, GraphEdge, GraphNode } from './graph.js';

/** A place in the drawing, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedNode extends GraphNode {
  /** Its middle. */
  readonly at: Point;
  readonly width: number;
}

export interface PlacedEdge extends GraphEdge {
  /** From the lower edge of the one to the upper edge of the other, with a point in each layer between. */
  readonly points: readonly Point[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Of a box with two lines of text. */
export const boxHeight = 44;
const layerHeight = 92;
const gap = 28;
const margin = 20;
/** A letter of 13 pixels, generously. */
const letterWidth = 7.6;
const sweeps = 6;

/** A step, or a place that an edge passes in a layer between. */
interface Cell {
  readonly id: string;
  readonly width: number;
  readonly node: GraphNode | null;
}

interface Link {
  readonly from: string;
  readonly to: string;
}

/** Places steps and edges; the same graph is always drawn the same. */
export function layOut({ nodes, edges }: Graph): Layout {
  const depths = depthsOf(nodes, edges);
  const height = Math.max(0, ...depths.values()) + 1;
  const layers: Cell[][] = Array.from({ length: height }, () => []);
  for (const node of nodes)
    layers[depths.get(node.name) ?? 0]?.push({ id: node.name, width: widthOf(node), node });
  const ways = edges.map((edge) => wayOf(edge, depths, layers));
  const links = ways.flatMap((way) =>
    way.slice(1).map((to, index): Link => ({ from: way[index] ?? to, to })),
  );
  const ordered = order(layers, links);
  const widths = ordered.map((cells) => cells.reduce((sum, { width }) => sum + width + gap, -gap));
  const width = Math.max(0, ...widths) + 2 * margin;
  const places = new Map<string, Point>();
  for (const [depth, cells] of ordered.entries()) {
    let x = (width - (widths[depth] ?? 0)) / 2;
    for (const cell of cells) {
      places.set(cell.id, { x: x + cell.width / 2, y: margin + boxHeight / 2 + depth * layerHeight });
      x += cell.width + gap;
    }
  }
  const placeOf = (id: string): Point => places.get(id) ?? { x: 0, y: 0 };
  return {
    width: Math.round(width),
    height: Math.round(2 * margin + boxHeight + (height - 1) * layerHeight),
    nodes: nodes.map((node) => ({ ...node, at: placeOf(node.name), width: widthOf(node) })),
    edges: edges.map((edge, index) => ({ ...edge, points: pointsOf(ways[index] ?? [], placeOf) })),
  };
}

/** What stands below the name of a step. */
export const captionOf = ({ kind, isEach, isLast }: GraphNode): string =>
  [`${kind}${isEach ? ' × items' : ''}`, ...(isLast ? ['finally'] : [])].join(', ');

const widthOf = (node: GraphNode): number =>
  Math.max(80, 24 + letterWidth * Math.max(node.name.length, captionOf(node).length));

/** How deep each step is: below everything that it waits for; those of `finally` below all others. */
function depthsOf(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Map<string, number> {
  const depths = new Map<string, number>();
  let deepest = -1; // nodes come in the order of the file, in which edges lead down
  for (const { name, isLast } of nodes) {
    const above = edges.filter(({ to }) => to === name).map(({ from }) => (depths.get(from) ?? -1) + 1);
    const main = isLast ? deepest + 1 : 0;
    const depth = Math.max(main, ...above, 0);
    depths.set(name, depth);
    if (!isLast) deepest = Math.max(deepest, depth);
  }
  return depths;
}

/** The cells that an edge passes, with new ones in the layers between. */
function wayOf(
  { from, to }: GraphEdge,
  depths: ReadonlyMap<string, number>,
  layers: readonly Cell[][],
): string[] {
  const between: string[] = [];
  for (let depth = (depths.get(from) ?? 0) + 1; depth < (depths.get(to) ?? 0); depth += 1) {
    const id = `${from} ${to} ${depth}`; // no step has a blank in its name
    layers[depth]?.push({ id, width: 8, node: null });
    between.push(id);
  }
  return [from, ...between, to];
}

/** Orders each layer by where its neighbours are, back and forth. */
function order(layers: readonly Cell[][], links: readonly Link[]): readonly Cell[][] {
  let ordered = layers;
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const isDown = sweep % 2 === 0;
    const places = new Map(ordered.flatMap((cells) => placesIn(cells)));
    ordered = ordered.map((cells) => {
      const ranked = cells.map((cell) => ({ cell, rank: rankOf(cell, { isDown, links, places }) }));
      ranked.sort((a, b) => a.rank - b.rank);
      const sorted = ranked.map(({ cell }) => cell);
      for (const [id, place] of placesIn(sorted)) places.set(id, place);
      return sorted;
    });
  }
  return ordered;
}

/** Relative to the width of the layer, so that layers can be compared. */
const placesIn = (cells: readonly Cell[]): [string, number][] =>
  cells.map(({ id }, index) => [id, (index + 0.5) / cells.length]);

function rankOf(
  { id }: Cell,
  of: {
    readonly isDown: boolean;
    readonly links: readonly Link[];
    readonly places: ReadonlyMap<string, number>;
  },
): number {
  const { isDown, links, places } = of;
  const near = links.flatMap(({ from, to }) =>
    isDown ? (to === id ? [from] : []) : from === id ? [to] : [],
  );
  const known = near.flatMap((name) => places.get(name) ?? []);
  if (known.length === 0) return places.get(id) ?? 0;
  return known.reduce((sum, place) => sum + place, 0) / known.length;
}

function pointsOf(way: readonly string[], placeOf: (id: string) => Point): Point[] {
  return way.map((id, index) => {
    const { x, y } = placeOf(id);
    if (index === 0) return { x, y: y + boxHeight / 2 };
    return index === way.length - 1 ? { x, y: y - boxHeight / 2 } : { x, y };
  });
}
