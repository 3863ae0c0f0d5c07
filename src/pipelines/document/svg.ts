/** A graph as SVG: one file, without scripts and fonts of others. */
import type { Graph } from './graph.js';
import { type PlacedEdge, type PlacedNode, type Point, boxHeight, captionOf, layOut } from './layout.js';

export interface SvgOptions {
  readonly title: string;
  /** The state of each step in a run, such as `succeeded`: the class of its box. */
  readonly states?: ReadonlyMap<string, string>;
}

const style = `
  .step rect { fill: #f6f8fa; stroke: #57606a; }
  .step.holds rect { fill: #fff8c5; stroke: #9a6700; }
  .step.last rect { stroke-dasharray: 4 3; }
  .step.succeeded rect, .step.reused rect { fill: #dafbe1; stroke: #1a7f37; }
  .step.running rect, .step.waiting rect { fill: #ddf4ff; stroke: #0969da; }
  .step.parked rect { fill: #fff1e5; stroke: #bc4c00; }
  .step.failed rect { fill: #ffebe9; stroke: #cf222e; }
  .step.skipped, .step.cancelled { opacity: 0.55; }
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; text-anchor: middle; }
  .kind { font-size: 11px; fill: #57606a; }
  .edge { fill: none; stroke: #57606a; stroke-width: 1.2; marker-end: url(#arrow); }
  .edge.awaits { stroke-dasharray: 2 3; }
  .edge.holds { stroke: #9a6700; stroke-dasharray: 6 4; }`;

/** Draws it from top to bottom. */
export function svgOf(graph: Graph, { title, states }: SvgOptions): string {
  const { width, height, nodes, edges } = layOut(graph);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}\n</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>',
    ...edges.map(edgeOf),
    ...nodes.map((node) => nodeOf(node, states?.get(node.name))),
    '</svg>',
    '',
  ].join('\n');
}

function nodeOf(node: PlacedNode, state: string | undefined): string {
  const { name, isEach, holdsBack, isLast, at, width } = node;
  const { x, y } = at;
  const classes = [
    'step',
    ...(holdsBack ? ['holds'] : []),
    ...(isLast ? ['last'] : []),
    ...(state === undefined ? [] : [state]),
  ].join(' ');
  const box = (by: number): string =>
    `<rect x="${round(x - width / 2 + by)}" y="${round(y - boxHeight / 2 - by)}" width="${round(width)}" height="${boxHeight}" rx="6"/>`;
  const said = captionOf(node);
  return [
    `<g class="${escaped(classes)}"><title>${escaped(`${name}: ${said}${state === undefined ? '' : `, ${state}`}`)}</title>`,
    ...(isEach ? [box(4)] : []),
    box(0),
    `<text x="${round(x)}" y="${round(y - 3)}">${escaped(name)}</text>`,
    `<text class="kind" x="${round(x)}" y="${round(y + 13)}">${escaped(said)}</text></g>`,
  ].join('');
}

/** A curve that leaves and enters each layer straight. */
function edgeOf({ from, to, why, points }: PlacedEdge): string {
  const [start, ...rest] = points;
  if (start === undefined) return '';
  let before: Point = start;
  const curves = rest.map((point) => {
    const middle = round((before.y + point.y) / 2);
    const curve = `C${round(before.x)} ${middle} ${round(point.x)} ${middle} ${round(point.x)} ${round(point.y)}`;
    before = point;
    return curve;
  });
  return `<path class="edge ${why}" d="M${round(start.x)} ${round(start.y)} ${curves.join(' ')}"><title>${escaped(`${from} → ${to}`)}</title></path>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
