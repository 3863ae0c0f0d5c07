/** Names at the end what passed only when it was tried again: each is a fault, of the test or of the product. */
'use strict';

module.exports = class {
  onRunComplete(_, { testResults }) {
    const again = testResults.flatMap((file) =>
      file.testResults
        .filter(({ status, invocations = 1 }) => status === 'passed' && invocations > 1)
        .map(({ fullName }) => `  ${file.testFilePath}: ${fullName}`),
    );
    if (again.length > 0) console.error(`Passed only when tried again:\n${again.join('\n')}`);
  }
};
