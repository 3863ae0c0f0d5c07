/** A graph as rows of text: a step a row, in its lane, and between the layers lines for who waits for whom. Pure. */
import { type Graph, type GraphEdge, essential } from '../../../pipelines/document/graph.js';
import { type Layout, layOut } from '../../../pipelines/document/layout.js';

/** The lanes of a row, all of one width, with the mark of its step left out. */
export type LaneRow =
  | {
      readonly kind: 'step';
      readonly name: string;
      readonly before: string;
      readonly after: string;
      /** The lanes beneath it, for lines that belong to it. */
      readonly below: string;
    }
  | { readonly kind: 'between'; readonly lanes: string };

interface Link {
  readonly from: number;
  readonly to: number;
  readonly why: GraphEdge['why'];
}

interface Layer {
  readonly steps: readonly { readonly name: string; readonly lane: number }[];
  /** The lanes of edges that pass it. */
  readonly passing: readonly number[];
  /** To the layer below. */
  readonly links: readonly Link[];
}

/** The rows of a graph, from top to bottom; an edge that says what others say already is left out. */
export function laneRows(graph: Graph): LaneRow[] {
  const layers = layersOf(layOut(essential(graph)));
  const lanes = Math.max(0, ...layers.map(({ steps, passing }) => steps.length + passing.length));
  const width = Math.max(0, 2 * lanes - 1);
  return layers.flatMap((layer, depth) => [
    ...stepRows(layer, layers[depth - 1]?.links ?? [], width),
    ...(depth === layers.length - 1
      ? []
      : [{ kind: 'between' as const, lanes: strokesOf(layer.links, width) }]),
  ]);
}

/** The lanes of a layer are what is placed in it, counted from the left. */
function layersOf({ nodes, edges }: Layout): Layer[] {
  const places = new Map(nodes.map(({ name, at }) => [name, at]));
  const ways = edges.map(({ from, to, why, points }) => ({
    why,
    points: [places.get(from), ...points.slice(1, -1), places.get(to)].filter((point) => point !== undefined),
  }));
  const placed = [...places.values(), ...ways.flatMap(({ points }) => points)];
  const heights = [...new Set(placed.map(({ y }) => y))].sort((a, b) => a - b);
  const lanesAt = (height: number | undefined): number[] =>
    [...new Set(placed.filter(({ y }) => y === height).map(({ x }) => x))].sort((a, b) => a - b);
  return heights.map((height, depth) => {
    const [own, below] = [lanesAt(height), lanesAt(heights[depth + 1])];
    const steps = nodes
      .filter(({ at }) => at.y === height)
      .map(({ name, at }) => ({ name, lane: own.indexOf(at.x) }))
      .sort((a, b) => a.lane - b.lane);
    const links = ways.flatMap(({ why, points }): Link[] => {
      const index = points.findIndex(({ y }) => y === height);
      const [from, to] = [points[index], points[index + 1]];
      if (from === undefined || to === undefined) return [];
      return [{ from: own.indexOf(from.x), to: below.indexOf(to.x), why }];
    });
    const passing = own.map((_, lane) => lane).filter((lane) => steps.every((step) => step.lane !== lane));
    return { steps, passing, links };
  });
}

function stepRows({ steps, passing, links }: Layer, above: readonly Link[], width: number): LaneRow[] {
  const comes = (lane: number): boolean => passing.includes(lane) || above.some(({ to }) => to === lane);
  const goes = (lane: number): boolean => passing.includes(lane) || links.some(({ from }) => from === lane);
  return steps.map(({ name, lane: own }) => {
    const drawn = Array.from({ length: width }, (_, at) => {
      if (at % 2 === 1) return ' ';
      const lane = at / 2;
      return (lane > own ? comes(lane) : goes(lane)) ? '│' : ' ';
    }).join('');
    return {
      ...{ kind: 'step', name, below: drawn },
      ...{ before: drawn.slice(0, 2 * own), after: drawn.slice(2 * own + 1) },
    };
  });
}

const [up, down, left, right] = [1, 2, 4, 8];
/** By the sum of the sides that they reach. */
const strokes = ' ╵╷│╴╯╮┤╶╰╭├─┴┬┼';
const held = '┆';

/** Lines from the lanes of one layer to those of the next; dashed where a step is only held back. */
function strokesOf(links: readonly Link[], width: number): string {
  const sides = Array.from({ length: width }, () => 0);
  const reach = (at: number, side: number): void => {
    sides[at] = (sides[at] ?? 0) | side;
  };
  for (const { from, to } of links) {
    reach(2 * from, up);
    reach(2 * to, down);
    for (let at = 2 * Math.min(from, to); at < 2 * Math.max(from, to); at += 1) {
      reach(at, right);
      reach(at + 1, left);
    }
  }
  const isHeld = (lane: number): boolean =>
    links.filter(({ from, to }) => from === lane || to === lane).every(({ why }) => why === 'holds');
  return sides
    .map((side, at) => (side === up + down && isHeld(at / 2) ? held : (strokes[side] ?? ' ')))
    .join('');
}
