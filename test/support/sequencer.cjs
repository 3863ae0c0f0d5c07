/**
 * The order of the test files: those on a real Temporal server first. They wait, some for minutes: what comes after them
 * works meanwhile, and the run does not end with cores that wait for one file.
 */
'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');

const waits = ({ context }) => context.config.displayName?.name === 'integration';

exports.default = class extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests); // by how long they took, or by size
    return [...sorted.filter(waits), ...sorted.filter((test) => !waits(test))];
  }
};
exports.__esModule = true;
