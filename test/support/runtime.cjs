/**
 * How Jest loads modules: those of the project and of its packages once per process, those under `test` for each test file.
 * Jest itself makes all of them anew for each file, whose code V8 then compiles and optimises anew: most of the CPU time of
 * the tests. No module of the project may keep a state that a test file could see of the one before.
 */
'use strict';
const path = require('node:path');
const { default: Runtime } = require('jest-runtime');

const tests = path.join(__dirname, '..') + path.sep;
const isShared = (modulePath) => path.isAbsolute(modulePath) && !modulePath.startsWith(tests);

/** Of each environment (environment.cjs), what has loaded the modules that its test files share. */
const sharing = new WeakMap();

exports.default = class extends Runtime {
  constructor(...options) {
    super(...options);
    const [, environment] = options;
    if (!sharing.has(environment)) sharing.set(environment, new Runtime(...options));
    this.shared = sharing.get(environment);
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
};
exports.__esModule = true;
