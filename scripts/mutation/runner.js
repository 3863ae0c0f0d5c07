/**
 * Runs the unit tests for Stryker in a process that stays. Its jest runner loads all modules of all related test files for
 * every mutant, seconds each; here they are loaded once, and a mutant costs the tests that reach it.
 *
 * A mutant counts as killed only if the test that failed passes again without it. If it does not, something was left behind:
 * the process ends, and Stryker repeats the mutant in a new one.
 */
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { loadTestFile, runTests } from './test-files.js';

register('./loader.js', import.meta.url);

/**
 * Their subjects are what is mutated, or reach it. The others need a build, start servers of their own, or take seconds
 * for what other tests cover.
 */
const reaching = /^(activities|client|documents|pipelines|platform|run|steps|workflows)\/.*\.test\.ts$/;
const unfit = /(closed|yaml|check-hostile|guide|public)\.test\.ts$/;

/** What a mutant left undone may fail later; that is no test's failure. */
const ignore = () => undefined;
process.on('unhandledRejection', ignore);
process.on('uncaughtException', ignore);

class MutationRunner {
  files = [];

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    globalThis.__stryker__ ??= {};
    const names = readdirSync('test', { recursive: true }).filter(
      (name) => reaching.test(name) && !unfit.test(name),
    );
    for (const name of names.sort()) this.files.push(await loadTestFile(`test/${name}`));
  }

  async dryRun() {
    const results = [];
    for (const file of this.files)
      results.push(...(await this.#run(file, { ids: new Set(file.tests.keys()) })));
    const tests = results.map(({ id, ms, failure }) => ({
      id,
      name: id,
      fileName: id.slice(0, id.indexOf(': ')),
      timeSpentMs: ms,
      ...(failure === undefined ? { status: 0 } : { status: 1, failureMessage: failure }),
    }));
    return { status: 'complete', tests, mutantCoverage: globalThis.__stryker__.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const context = globalThis.__stryker__;
    Object.assign(context, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit ? 0 : undefined });
    let nrOfTests = 0;
    try {
      for (const [file, ids] of this.#plan(testFilter)) {
        const results = await this.#run(file, { ids, bail: true });
        nrOfTests += results.length;
        if (context.hitCount > hitLimit) return { status: 'timeout', reason: `reached ${hitLimit} times` };
        const failed = results.find(({ failure }) => failure !== undefined);
        if (failed === undefined) continue;
        context.activeMutant = undefined;
        await this.#confirm(file, failed);
        return { status: 'killed', killedBy: [failed.id], failureMessage: failed.failure, nrOfTests };
      }
      return { status: 'survived', nrOfTests };
    } finally {
      context.activeMutant = undefined;
    }
  }

  /** The files with the tests to run, the quickest first. */
  #plan(testFilter) {
    const plan = this.files.map((file) => [
      file,
      new Set((testFilter ?? [...file.tests.keys()]).filter((id) => file.tests.has(id))),
    ]);
    const msOf = ([file, ids]) => [...ids].reduce((sum, id) => sum + file.tests.get(id).ms, 0);
    return plan.filter(([, ids]) => ids.size > 0).sort((a, b) => msOf(a) - msOf(b));
  }

  async #confirm(file, { id }) {
    const [again] = await this.#run(file, { ids: new Set([id]) });
    if (again?.failure !== undefined) process.exit(1);
  }

  #run(file, { ids, bail = false }) {
    const onStart = (id) => (globalThis.__stryker__.currentTestId = id);
    return runTests(file, { ids, bail, onStart });
  }
}

const create = () => new MutationRunner();
create.inject = [];

export const strykerPlugins = [{ kind: 'TestRunner', name: 'unit-tests', factory: create }];
