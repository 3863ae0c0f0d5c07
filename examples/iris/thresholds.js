/**
 * Trains the smallest model of Fisher's irises: two lengths of petals that tell the three species apart. They are its
 * metrics too, so whoever serves the model needs no file of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const fileBeside = (name) => new URL(name, import.meta.url);
const [, ...lines] = readFileSync(fileBeside('iris.csv'), 'utf8').trim().split('\n');
const rows = lines.map((line) => {
  const cells = line.trim().split(',');
  return { length: Number(cells[2]), species: cells[4] };
});
// Every fifth row is held out; the file lists the species one after the other.
const train = rows.filter((_, index) => index % 5 !== 0);
const test = rows.filter((_, index) => index % 5 === 0);

/** The length that tells these species, which are below it, from the others with the fewest mistakes. */
function thresholdOf(species) {
  const candidates = [...new Set(train.map(({ length }) => length))].sort((a, b) => a - b);
  const middles = candidates.slice(1).map((length, index) => (length + candidates[index]) / 2);
  const misses = (middle) =>
    train.filter((row) => row.length < middle !== species.includes(row.species)).length;
  return middles.reduce((best, middle) => (misses(middle) < misses(best) ? middle : best));
}

const setosaBelow = thresholdOf(['setosa']);
const virginicaAbove = thresholdOf(['setosa', 'versicolor']);
const speciesOf = (length) =>
  length < setosaBelow ? 'setosa' : length < virginicaAbove ? 'versicolor' : 'virginica';
const hits = test.filter(({ length, species }) => speciesOf(length) === species).length;
const round = (number) => Number(number.toFixed(4));
const metrics = {
  accuracy: round(hits / test.length),
  setosa_below: round(setosaBelow),
  virginica_above: round(virginicaAbove),
};
for (const [name, value] of Object.entries(metrics)) console.log(`${name} ${value}`);
const runId = process.env.MLFLOW_RUN_ID;
const stats = { ...metrics, ...(runId ? { mlflow_run_id: runId } : {}) };
writeFileSync(fileBeside('dominostats.json'), `${JSON.stringify(stats, undefined, 2)}\n`);
