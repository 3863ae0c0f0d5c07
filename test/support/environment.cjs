/**
 * What the test files of one process share: the context of their globals, and with it the modules of the project and of its
 * packages (runtime.cjs), and the processes of `longhaul` that serve one test after the other (process.ts). Each test file
 * finds the globals as they were before the first one.
 */
'use strict';
const { TestEnvironment } = require('jest-environment-node');
const { installCommonGlobals } = require('jest-util');

/** The environment of each project of Jest, with what its globals were at first. */
const made = new Map();

exports.default = class extends TestEnvironment {
  constructor(options, context) {
    const { id } = options.projectConfig;
    const known = made.get(id);
    if (known !== undefined) {
      // A copy of Node’s `process` as Jest makes it: a test may change its variables, and Jest changes `exit`.
      known.global.process = installCommonGlobals({ Symbol, Date }, {}, 'off').process;
      return known;
    }
    super(options, context);
    this.global.idleProcesses = new Set();
    this.pristine = Object.getOwnPropertyDescriptors(this.global);
    made.set(id, this);
  }

  /** Leaves the context as it is, and takes out of it what the test file has left there. */
  async teardown() {
    this.fakeTimers.useRealTimers();
    this.fakeTimersModern.useRealTimers();
    for (const key of Reflect.ownKeys(this.global)) {
      const [now, before] = [Object.getOwnPropertyDescriptor(this.global, key), this.pristine[key]];
      if (!now.configurable) continue;
      if (before === undefined) delete this.global[key];
      else if (now.value !== before.value || now.get !== before.get)
        Object.defineProperty(this.global, key, before);
    }
  }
};
exports.__esModule = true;
