/** A graph as Mermaid. */
import type { Graph, GraphEdge, GraphNode } from './graph.js';

const arrows: Readonly<Record<GraphEdge['why'], string>> = {
  needs: '-->',
  awaits: '-.->',
  holds: '-. holds back .->',
};

/** A flowchart. Its ids are numbers: a step may have a name that Mermaid keeps for itself. */
export function mermaidOf({ nodes, edges }: Graph): string {
  const ids = new Map(nodes.map(({ name }, index) => [name, `s${index + 1}`]));
  const id = (name: string): string => ids.get(name) ?? 'unknown';
  const shape = (node: GraphNode): string =>
    node.holdsBack ? `${id(node.name)}{{"${label(node)}"}}` : `${id(node.name)}["${label(node)}"]`;
  const last = nodes.filter(({ isLast }) => isLast);
  return [
    'flowchart TD',
    ...nodes.filter(({ isLast }) => !isLast).map((node) => `  ${shape(node)}`),
    ...(last.length === 0
      ? []
      : ['  subgraph finally', ...last.map((node) => `    ${shape(node)}`), '  end']),
    ...edges.map(({ from, to, why }) => `  ${id(from)} ${arrows[why]} ${id(to)}`),
    '',
  ].join('\n');
}

const label = ({ name, kind, isEach }: GraphNode): string =>
  `${name}${kind === name ? '' : `<br/>${kind}`}${isEach ? '<br/>once for each item' : ''}`;
