/**
 * The tests of a process that stays: each file is imported once, and its tests run as often as they are asked for, by the
 * runner of jest itself.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { addEventHandler, getState, resetState, run, setState } from 'jest-circus';

/** Long enough for any of these tests on a busy machine; a change that makes one wait for ever costs this much. */
const testTimeoutMs = 10_000;

const testsOf = (block) =>
  block.children.flatMap((child) => (child.type === 'describeBlock' ? testsOf(child) : [child]));

const nameOf = (test) => [...blocksOf(test.parent).map(({ name }) => name), test.name].join(' ');

const blocksOf = (block) => (block.parent ? [...blocksOf(block.parent), block] : []);

/** Imports a test file. `tests` are those it declares, by an id that no other test has. */
export async function loadTestFile(file) {
  resetState();
  await import(pathToFileURL(path.resolve(file)).href);
  const state = getState();
  state.testTimeout = testTimeoutMs;
  const tests = new Map();
  for (const test of testsOf(state.rootDescribeBlock)) {
    const name = `${file}: ${nameOf(test)}`;
    let id = name;
    for (let n = 2; tests.has(id); n++) id = `${name} (${n})`;
    tests.set(id, { id, test, mode: test.mode, ms: 0 });
  }
  return { file, state, tests };
}

/** Runs the tests of a file that have these ids. `onStart` hears of each; `bail` ends at the first that fails. */
export async function runTests({ state, tests }, { ids, bail, onStart }) {
  for (const { id, test, mode } of tests.values()) {
    Object.assign(test, { errors: [], status: null, mode: ids.has(id) ? mode : 'skip' });
  }
  state.unhandledErrors = [];
  setState(state);
  following = {
    onStart,
    bail,
    tests,
    byTest: new Map([...tests.values()].map((entry) => [entry.test, entry])),
  };
  await run();
  const ran = [...ids].map((id) => tests.get(id)).filter(({ test }) => test.status === 'done');
  return ran.map((entry) => {
    entry.ms = entry.test.duration ?? 0;
    return {
      id: entry.id,
      ms: entry.ms,
      failure: failureOf([...entry.test.errors, ...state.unhandledErrors]),
    };
  });
}

let following;

addEventHandler((event) => {
  if (event.name === 'test_start') following.onStart(following.byTest.get(event.test).id);
  if (event.name !== 'test_done') return;
  following.onStart(undefined);
  if (!following.bail || event.test.errors.length === 0) return;
  for (const { test } of following.tests.values()) if (test.status === null) test.mode = 'skip';
});

function failureOf([first]) {
  if (first === undefined) return undefined;
  const error = Array.isArray(first) ? first[0] : first;
  return error instanceof Error ? error.message : String(error);
}
