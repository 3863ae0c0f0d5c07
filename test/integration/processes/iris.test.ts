/** The example project, run as a job would run it: in a copy of its files. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const project = fileURLToPath(new URL('../../../examples/iris', import.meta.url));
const bareEnv = { PATH: process.env['PATH'] };
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-iris-'));
  cpSync(project, folder, { recursive: true, filter: (file) => !/(model|dominostats)\.json$/.test(file) });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const node = (parameters: readonly string[], env: Record<string, string | undefined> = bareEnv) =>
  spawnSync(process.execPath, parameters, { cwd: folder, encoding: 'utf8', env });

const train = (...options: string[]) => node(['train.js', ...options]);

/** What `predict` returns, or the message of what it throws. */
function predict(features: unknown): unknown {
  const script = `import { predict } from './predict.js';
    try { console.log(JSON.stringify(predict(${JSON.stringify(features)}))); }
    catch (error) { console.log(JSON.stringify(error.message)); }`;
  return JSON.parse(node(['--input-type=module', '--eval', script]).stdout);
}

const metrics = (): unknown => JSON.parse(readFileSync(join(folder, 'dominostats.json'), 'utf8'));

describe('training', () => {
  it('reaches an accuracy of 0.9 by default and writes its metrics for Domino', () => {
    const { status, stdout, stderr } = train();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^120 rows to train on, 30 held out\nepoch 100 loss 0\.\d{4}\n/);
    expect(stdout).toContain('accuracy 0.9333\n');
    expect(metrics()).toEqual({ accuracy: 0.9333, macro_f1: 0.9333, log_loss: expect.any(Number) });
  });

  it('gives two thresholds as metrics, which are a model of their own', () => {
    const { status, stdout } = node(['thresholds.js'], { ...bareEnv, MLFLOW_RUN_ID: 'run-1' });
    const thresholds = { accuracy: 0.9667, setosa_below: 2.45, virginica_above: 4.75 };
    expect([status, stdout]).toEqual([0, 'accuracy 0.9667\nsetosa_below 2.45\nvirginica_above 4.75\n']);
    expect(metrics()).toEqual({ ...thresholds, mlflow_run_id: 'run-1' });
  });

  it('gives the same model for the same seed, and another one for another seed', () => {
    const model = (seed: string): string => {
      train('--seed', seed);
      return readFileSync(join(folder, 'model.json'), 'utf8');
    };
    const first = model('5');
    expect(model('5')).toBe(first);
    expect(model('6')).not.toBe(first);
  });

  it('gives a model that no gate lets pass after one epoch', () => {
    expect(train('--epochs', '1').status).toBe(0);
    expect(metrics()).toMatchObject({ accuracy: 0.3 });
  });

  it('names the MLflow run in its metrics when there is one', () => {
    node(['train.js', '--epochs', '1'], { ...bareEnv, MLFLOW_RUN_ID: 'run-1' });
    expect(metrics()).toMatchObject({ mlflow_run_id: 'run-1' });
  });

  it.each([
    [['--epochs', '0'], '--epochs must be a whole number from 1 to 100000, not "0"'],
    [['--epochs', '1.5'], '--epochs must be a whole number from 1 to 100000, not "1.5"'],
    [['--learning-rate', 'fast'], '--learning-rate must be a number above 0 and up to 10, not "fast"'],
    [['--seed='], '--seed must be a whole number from 0 to 4294967295, not ""'],
    [['--test-share', '1'], '--test-share must be a number from 0.05 to 0.9, not "1"'],
    [['--depth', '3'], "Unknown option '--depth'"],
    [['iris.csv'], "Unexpected argument 'iris.csv'"],
  ])('refuses %j in one line, with exit code 2, before it writes anything', (options, message) => {
    const { status, stdout, stderr } = train(...options);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(join(folder, 'model.json'))).toBe(false);
  });
});

describe('prediction', () => {
  it('names the species of each kind of iris, by name or in the order of the file', () => {
    train();
    const virginica = { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6, petal_width: 2.5 };
    expect(predict([5.1, 3.5, 1.4, 0.2])).toMatchObject({ species: 'setosa' });
    expect(predict([5.7, 2.8, 4.1, 1.3])).toMatchObject({ species: 'versicolor' });
    expect(predict(virginica)).toEqual({ species: 'virginica', probability: expect.any(Number) });
    expect(predict(Object.values(virginica))).toEqual(predict(virginica));
  });

  it('says what is wrong with features that do not fit', () => {
    train('--epochs', '1');
    expect(predict({ sepal_length: 5.1 })).toBe('the feature sepal_width is missing');
    expect(predict([5.1, 3.5, 1.4, '0.2'])).toBe('the feature petal_width must be a number, not "0.2"');
    expect(predict([5.1])).toBe(
      'expected 4 numbers (sepal_length, sepal_width, petal_length, petal_width), got 1',
    );
    expect(predict(null)).toBe(
      'expected an object with sepal_length, sepal_width, petal_length, petal_width, or an array of these four numbers',
    );
  });

  it('asks for a training when there is no model', () => {
    expect(predict([5.1, 3.5, 1.4, 0.2])).toBe(
      'there is no model.json beside predict.js: run `node train.js` first',
    );
  });
});
