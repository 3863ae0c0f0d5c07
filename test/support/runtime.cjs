/**
 * How Jest loads modules: what is the same for every test file is made once per process. To make it again for each file is
 * a third of the CPU time of the tests.
 */
'use strict';
const vm = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** The last source of each module, and what V8 has compiled of it. */
const compiled = new Map();
/** What V8 has kept may still ask the loader of an earlier test file, which is gone, for what `import()` loads. */
const importsLater = /\bimport\s*\(/;

const { compileFunction, SourceTextModule } = vm;

/** Compiles a CommonJS module. */
vm.compileFunction = (source, parameters, options) => {
  if (importsLater.test(source)) return compileFunction(source, parameters, options);
  const key = `${parameters.length} ${options.filename}`;
  const known = compiled.get(key);
  if (known?.source === source)
    return compileFunction(source, parameters, { ...options, cachedData: known.data });
  const made = compileFunction(source, parameters, { ...options, produceCachedData: true });
  compiled.set(key, { source, data: made.cachedData });
  return made;
};

/** Compiles an ES module. */
vm.SourceTextModule = class extends SourceTextModule {
  constructor(source, options) {
    const known = compiled.get(options.identifier);
    if (known?.source === source) {
      super(source, { ...options, cachedData: known.data });
      return;
    }
    super(source, options);
    if (importsLater.test(source)) return;
    compiled.set(options.identifier, { source, data: this.createCachedData() });
  }
};

/** The types of Temporal’s messages, thousands of objects that nobody changes, and a parser that V8 need not optimise anew. */
const shared = /^(?:.*\/node_modules\/)?(?:@temporalio\/proto|protobufjs|yaml)(?:\/|$)/;

exports.default = class extends Runtime {
  constructor(...options) {
    super(...options);
    // Fastify looks through it for the name of each plugin; Jest makes it of all modules, each time anew.
    this.registries.requireCacheProxy = Object.create(null);
  }

  requireModule(from, name, ...more) {
    return name !== undefined && shared.test(name) ? require(name) : super.requireModule(from, name, ...more);
  }
};
exports.__esModule = true;
