/**
 * Runs tests for Stryker in a process that stays: unit tests, and those of single modules on the Temporal server of run.js.
 * Stryker's jest runner loads all modules of all related test files for every mutant, seconds each; here they are loaded once,
 * and a mutant costs the tests that reach it.
 *
 * A mutant counts as killed only if the test that failed passes again without it. If it does not, something was left behind:
 * the process ends, and Stryker repeats the mutant in a new one.
 */
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { loadTestFile, runTests } from './test-files.js';

register('./loader.js', import.meta.url);

/**
 * Their subjects are what is mutated, or reach it quickly. The others need a build, start servers of their own, or take
 * seconds for what other tests cover: a change that nothing notices costs every test that reaches it. `TESTS` names others.
 */
const usual =
  'activities/effect|activities/domino/preflight|activities/domino/stopping|client|documents|integration/effect|pipelines|platform|run|steps|workflows';
const reaching = new RegExp(`^(${process.env.TESTS ?? usual})[/.].*test\\.ts$`);
const unfit = /(closed|yaml|check-hostile|guide|public)\.test\.ts$/;

/** Milliseconds of tests that a mutant costs at most. */
const mostMs = 5_000;

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

  /** The files with the tests to run, the quickest first; of tests that take longer together than a mutant may, the quickest. */
  #plan(testFilter) {
    const asked = testFilter && new Set(testFilter);
    const reaching = this.files
      .flatMap((file) => [...file.tests.values()].map(({ id, ms }) => ({ file, id, ms })))
      .filter(({ id }) => asked?.has(id) !== false)
      .sort((a, b) => a.ms - b.ms);
    const plan = new Map();
    let msOfAll = 0;
    for (const { file, id, ms } of reaching) {
      msOfAll += ms;
      if (msOfAll > mostMs && plan.size > 0) break;
      const planned = plan.get(file) ?? { ids: new Set(), ms: 0 };
      planned.ids.add(id);
      planned.ms += ms;
      plan.set(file, planned);
    }
    return [...plan].sort(([, a], [, b]) => a.ms - b.ms).map(([file, { ids }]) => [file, ids]);
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
