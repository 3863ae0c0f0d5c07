/** The entry of the workflow bundle: one export per pipeline, under its Temporal workflow type. */
export { trainAndDeploy } from './train-and-deploy.js';
