/**
 * What is known of the arguments of a kind only by what a step writes there: the endpoint that it calls, the service that it
 * asks. By kind, so that whatever checks a step knows none of them.
 */
import { refineCall } from './call-refinement.js';
import { dialectFaults } from './dialect-faults.js';
import { refineHttp } from './http-refinement.js';
import { refinePipeline } from './pipeline-refinement.js';
import type { Refined, Refining } from './refining.js';

const refinements: Readonly<Record<string, (refining: Refining) => Refined>> = {
  call: refineCall,
  http: refineHttp,
  pipeline: refinePipeline,
};

/** Refines a kind by the arguments of a step and by the dialect of its connection, where that makes a difference. */
export function refine(refining: Refining): Refined {
  const { faults = [], ...refined } = refinements[refining.kind.name]?.(refining) ?? {};
  return { ...refined, faults: [...faults, ...dialectFaults(refining)] };
}
