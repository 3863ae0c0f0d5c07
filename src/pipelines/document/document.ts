/** What documents may have, and what is meant where they do not say. */
export {
  type DocumentStep,
  type PipelineDocument,
  type Tries,
  allSteps,
  withChildren,
} from '../../run/documents/documents.js';

/** How many steps a document may have, those under `finally` included. */
export const mostSteps = 200;
/** How many items an `each` may have. */
export const mostItems = 500;
/** How many items of an `each` run at once where the document does not say. */
export const usualAtOnce = 20;
/** How long the steps under `finally` may take together where the document does not say. */
export const usualFinally = '15m';
