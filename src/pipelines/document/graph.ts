/** A pipeline as a graph: its steps, and why one waits for another. */
import type { PipelineStep } from '../../steps/define.js';
import { writtenKinds } from '../../steps/written-kinds.js';
import type { PipelineDocument } from './document.js';

export interface GraphNode {
  readonly name: string;
  /** `job`, `gate` … */
  readonly kind: string;
  /** Whether it runs once for each item. */
  readonly isEach: boolean;
  /** Whether it can say no. */
  readonly holdsBack: boolean;
  /** Whether it stands under `finally`. */
  readonly isLast: boolean;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** `needs`: it reads it; `awaits`: it waits for its end alone; `holds`: it is held back by it. */
  readonly why: 'needs' | 'awaits' | 'holds';
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

interface Drawn extends GraphNode {
  readonly needs: readonly string[];
  readonly awaits: readonly string[];
}

/** The graph of a document. */
export function graphOfDocument({ steps, finally: last }: PipelineDocument): Graph {
  const drawn = (all: PipelineDocument['steps'], isLast: boolean): Drawn[] =>
    Object.entries(all).map(([name, { kind, each, needs, awaits }]) => ({
      ...{ name, needs, awaits, isLast, isEach: each !== undefined },
      ...factsOf(kind),
    }));
  return graphOf([...drawn(steps, false), ...drawn(last?.steps ?? {}, true)]);
}

/** The graph of a pipeline that Longhaul brings along. */
export const graphOfPipeline = (steps: Readonly<Record<string, PipelineStep>>): Graph =>
  graphOf(
    Object.entries(steps).map(([name, { kind, needs, reads }]) => ({
      ...{ name, needs, awaits: reads, isLast: false, isEach: false },
      ...factsOf(kind),
    })),
  );

const factsOf = (kind: string): Pick<GraphNode, 'kind' | 'holdsBack'> => ({
  kind: kind.slice(kind.lastIndexOf('.') + 1),
  holdsBack: writtenKinds[kind]?.holdsBack ?? false,
});

function graphOf(drawn: readonly Drawn[]): Graph {
  const edges: GraphEdge[] = drawn.flatMap(({ name: to, needs, awaits }) => [
    ...needs.map((from): GraphEdge => ({ from, to, why: 'needs' })),
    ...awaits.map((from): GraphEdge => ({ from, to, why: 'awaits' })),
  ]);
  let holder: string | null = null;
  for (const { name: to, holdsBack, isLast } of drawn) {
    if (isLast) continue;
    // Whoever waits for one that is held back is held back already.
    if (holder !== null && !reaches(edges, holder, to)) edges.push({ from: holder, to, why: 'holds' });
    if (holdsBack) holder = to;
  }
  const nodes = drawn.map(({ needs: _, awaits: _awaits, ...node }) => node);
  return { nodes, edges };
}

/** The same graph without the edges whose step is waited for by another way too: enough to see the order. */
export const essential = ({ nodes, edges }: Graph): Graph => ({
  nodes,
  edges: edges.filter(({ from, to }) => {
    const others = edges.filter((other) => other.from !== from || other.to !== to);
    return !reaches(others, from, to);
  }),
});

/** Whether a way leads from one step to another. */
function reaches(edges: readonly GraphEdge[], from: string, to: string): boolean {
  const seen = new Set([from]);
  const next = [from];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    if (at === to) return true;
    for (const edge of edges)
      if (edge.from === at && !seen.has(edge.to)) {
        seen.add(edge.to);
        next.push(edge.to);
      }
  }
  return false;
}
