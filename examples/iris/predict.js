/** Names the species of an iris with the model that train.js wrote; `predict` is what a deployed model API calls. */
import { readFileSync } from 'node:fs';
import { featureNames, indexOfLargest, probabilities, standardize } from './softmax.js';

/**
 * @param {Record<string, number> | number[]} features in centimetres, by name or in the order of iris.csv
 * @returns {{ species: string, probability: number }} the likeliest species
 * @throws {Error} when a feature is missing or not a number, or no model has been trained
 */
export function predict(features) {
  const values = valuesOf(features);
  const model = readModel();
  const likelihoods = probabilities(standardize(values, model), model.weights);
  const best = indexOfLargest(likelihoods);
  return { species: model.labels[best], probability: Number(likelihoods[best].toFixed(4)) };
}

function valuesOf(features) {
  if (typeof features !== 'object' || features === null)
    throw new Error(`expected an object with ${featureNames.join(', ')}, or an array of these four numbers`);
  if (Array.isArray(features) && features.length !== featureNames.length)
    throw new Error(
      `expected ${featureNames.length} numbers (${featureNames.join(', ')}), got ${features.length}`,
    );
  return featureNames.map((name, index) => {
    const value = Array.isArray(features) ? features[index] : features[name];
    if (value === undefined) throw new Error(`the feature ${name} is missing`);
    if (!Number.isFinite(value))
      throw new Error(`the feature ${name} must be a number, not ${JSON.stringify(value)}`);
    return value;
  });
}

function readModel() {
  try {
    return JSON.parse(readFileSync(new URL('model.json', import.meta.url), 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new Error('there is no model.json beside predict.js: run `node train.js` first', { cause: error });
  }
}
