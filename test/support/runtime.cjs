/**
 * How Jest loads modules: those of the project, of its packages and of Jest once per process, those under `test` for each test
 * file. Jest itself makes all of them anew for each file, whose code V8 then compiles and optimises anew: most of the CPU time
 * of the tests. No module of the project may keep a state that a test file could see of the one before.
 */
'use strict';
const hooks = require('node:async_hooks');
const path = require('node:path');
const { default: Runtime } = require('jest-runtime');

const tests = path.join(__dirname, '..') + path.sep;
const isShared = (modulePath) => path.isAbsolute(modulePath) && !modulePath.startsWith(tests);

/** Packages of Jest that keep what a test file has declared; each of its others is the same for all files. */
const ofOneFile = new Set([
  'jest-circus',
  'expect',
  '@jest/expect',
  '@jest/globals',
  'jest-snapshot',
  'jest-mock',
]);
const isSharedOfJest = (name) =>
  name !== undefined && !name.startsWith('.') && !path.isAbsolute(name) && !ofOneFile.has(name);

/** Of each environment (environment.cjs), what has loaded the modules that its test files share. */
const sharing = new WeakMap();

exports.default = class extends Runtime {
  constructor(...options) {
    super(...options);
    const [, environment] = options;
    if (!sharing.has(environment)) sharing.set(environment, new Runtime(...options));
    this.shared = sharing.get(environment);
    // Each that is in use costs every promise of the process, also after its test file.
    const storages = (this.storages = []);
    class AsyncLocalStorage extends hooks.AsyncLocalStorage {
      constructor(...given) {
        super(...given);
        storages.push(this);
      }
    }
    const { coreModule } = this;
    const requireCore = coreModule.require.bind(coreModule);
    coreModule.require = (name) =>
      /^(node:)?async_hooks$/.test(name) ? { ...hooks, AsyncLocalStorage } : requireCore(name);
    // For the lines of stack traces.
    this.transformCache.sourceMaps = this.shared.transformCache.sourceMaps;
    // Fastify looks through it for the name of each plugin; Jest makes it of all modules, each time anew.
    this.shared.registries.requireCacheProxy = Object.create(null);
    const { esmLoader } = this;
    for (const [name, at] of [
      ['loadEsmModule', 0],
      ['loadCjsAsEsm', 1],
    ]) {
      const own = esmLoader[name].bind(esmLoader);
      esmLoader[name] = (...asked) =>
        isShared(asked[at]) ? this.shared.esmLoader[name](...asked) : own(...asked);
    }
  }

  requireInternalModule(from, name) {
    return isSharedOfJest(name)
      ? this.shared.requireInternalModule(from, name)
      : super.requireInternalModule(from, name);
  }

  teardown() {
    for (const storage of this.storages) storage.disable();
    return super.teardown();
  }
};
exports.__esModule = true;
