/** Multinomial logistic regression: what training and prediction share. */

/** In the order of the columns of iris.csv, and of the weights in model.json. */
export const featureNames = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];

/** Brings each feature to mean 0 and standard deviation 1 of the training rows. */
export const standardize = (features, { means, scales }) =>
  features.map((value, index) => (value - means[index]) / scales[index]);

/** One probability per label, for standardized features; `weights` holds a row per label, its bias last. */
export function probabilities(standardized, weights) {
  const scores = weights.map((row) =>
    standardized.reduce((sum, value, index) => sum + value * row[index], row[standardized.length]),
  );
  // Less the largest one, because the exponential of a large score is Infinity.
  const largest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

/** The index of the largest value. */
export const indexOfLargest = (values) => values.indexOf(Math.max(...values));
