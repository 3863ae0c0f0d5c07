/**
 * Trains a classifier on Fisher's irises. Beside itself it writes model.json, for predict.js, and dominostats.json,
 * which Domino reads as the metrics of a job.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { featureNames, indexOfLargest, probabilities, standardize } from './softmax.js';

const usage = 'node train.js [--epochs 1000] [--learning-rate 0.3] [--seed 1] [--test-share 0.2]';
const fileBeside = (name) => new URL(name, import.meta.url);

class BadOption extends Error {}

function main() {
  const options = readOptions();
  const { labels, rows } = readRows();
  const random = randomNumbers(options.seed);
  const { train, test } = split(rows, labels, options.testShare, random);
  console.log(`${train.length} rows to train on, ${test.length} held out`);

  const scaling = scalingOf(train);
  const weights = fit(withScaling(train, scaling), labels.length, options, random);
  const metrics = evaluate(withScaling(test, scaling), weights, labels);

  write('model.json', { features: featureNames, labels, ...scaling, weights });
  const runId = process.env.MLFLOW_RUN_ID;
  write('dominostats.json', { ...metrics, ...(runId ? { mlflow_run_id: runId } : {}) });
  for (const [name, value] of Object.entries(metrics)) console.log(`${name} ${value}`);
}

function readOptions() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parse({
    epochs: text('1000'),
    'learning-rate': text('0.3'),
    seed: text('1'),
    'test-share': text('0.2'),
  });
  return {
    epochs: read(values, 'epochs', 'a whole number from 1 to 100000', (n) => isWhole(n, 1, 100_000)),
    learningRate: read(values, 'learning-rate', 'a number above 0 and up to 10', (n) => n > 0 && n <= 10),
    seed: read(values, 'seed', 'a whole number from 0 to 4294967295', (n) => isWhole(n, 0, 2 ** 32 - 1)),
    testShare: read(values, 'test-share', 'a number from 0.05 to 0.9', (n) => n >= 0.05 && n <= 0.9),
  };
}

function parse(options) {
  try {
    return parseArgs({ options });
  } catch (error) {
    throw new BadOption(error.message.split('\n')[0].replace(/\.? To specify .*$/, ''));
  }
}

function read(values, name, expected, fits) {
  const text = values[name];
  const number = text.trim() === '' ? NaN : Number(text);
  if (!fits(number)) throw new BadOption(`--${name} must be ${expected}, not "${text}"`);
  return number;
}

const isWhole = (number, least, most) => Number.isInteger(number) && number >= least && number <= most;

function readRows() {
  const [, ...lines] = readFileSync(fileBeside('iris.csv'), 'utf8').trim().split('\n');
  const cells = lines.map((line) => line.trim().split(','));
  const labels = [...new Set(cells.map((row) => row.at(-1)))];
  const rows = cells.map((row) => ({
    features: row.slice(0, -1).map(Number),
    label: labels.indexOf(row.at(-1)),
  }));
  return { labels, rows };
}

/** Mulberry32: small, seeded, and the same on every machine. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Holds out the same share of each species, so that the small test set is not lopsided. */
function split(rows, labels, testShare, random) {
  const train = [];
  const test = [];
  for (const label of labels.keys()) {
    const shuffled = shuffle(
      rows.filter((row) => row.label === label),
      random,
    );
    const held = Math.round(shuffled.length * testShare);
    test.push(...shuffled.slice(0, held));
    train.push(...shuffled.slice(held));
  }
  return { train, test };
}

function shuffle(rows, random) {
  const shuffled = [...rows];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of the training rows only: the held-out ones must not leak into the model. */
function scalingOf(rows) {
  const columns = featureNames.map((_, index) => rows.map((row) => row.features[index]));
  const means = columns.map(mean);
  const scales = columns.map((column, index) =>
    Math.sqrt(mean(column.map((value) => (value - means[index]) ** 2))),
  );
  return { means, scales };
}

const withScaling = (rows, scaling) =>
  rows.map(({ features, label }) => ({ features: standardize(features, scaling), label }));

/** Gradient descent over all rows at once, from random weights. */
function fit(rows, labelCount, { epochs, learningRate }, random) {
  const weights = Array.from({ length: labelCount }, () =>
    Array.from({ length: featureNames.length + 1 }, () => random() * 2 - 1),
  );
  const every = Math.max(1, Math.floor(epochs / 10));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const { loss, gradient } = gradientOf(rows, weights);
    for (const [label, row] of gradient.entries())
      for (const [index, slope] of row.entries()) weights[label][index] -= learningRate * slope;
    if (epoch % every === 0 || epoch === epochs) console.log(`epoch ${epoch} loss ${loss.toFixed(4)}`);
  }
  return weights;
}

function gradientOf(rows, weights) {
  const gradient = weights.map((row) => row.map(() => 0));
  let loss = 0;
  for (const { features, label } of rows) {
    const predicted = probabilities(features, weights);
    loss += surprise(predicted[label]) / rows.length;
    for (const [index, probability] of predicted.entries()) {
      const miss = (probability - (index === label ? 1 : 0)) / rows.length;
      for (const [feature, value] of features.entries()) gradient[index][feature] += miss * value;
      gradient[index][features.length] += miss;
    }
  }
  return { loss, gradient };
}

/** Kept finite, because one probability that is rounded to 0 must not make the whole loss Infinity. */
const surprise = (probability) => -Math.log(Math.max(probability, 1e-15));

function evaluate(rows, weights, labels) {
  const predicted = rows.map(({ features }) => probabilities(features, weights));
  const answers = predicted.map(indexOfLargest);
  const f1 = [...labels.keys()].map((label) => {
    const hits = rows.filter((row, index) => row.label === label && answers[index] === label).length;
    const asked = rows.filter((row) => row.label === label).length;
    const given = answers.filter((answer) => answer === label).length;
    return (2 * hits) / (asked + given);
  });
  return {
    accuracy: rounded(mean(rows.map((row, index) => (answers[index] === row.label ? 1 : 0)))),
    macro_f1: rounded(mean(f1)),
    log_loss: rounded(mean(rows.map((row, index) => surprise(predicted[index][row.label])))),
  };
}

const rounded = (value) => Number(value.toFixed(4));

const write = (name, content) =>
  writeFileSync(fileBeside(name), `${JSON.stringify(content, undefined, 2)}\n`);

try {
  main();
} catch (error) {
  if (!(error instanceof BadOption)) throw error;
  console.error(`${error.message} (${usage})`);
  process.exitCode = 2;
}
