/** Ends the run with one line that a person and CI can read: `N passed, N failed, N skipped`. */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A test file that does not compile has failed, though it counts no test.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    // After the default reporter, which writes to stderr at the same moment.
    setImmediate(() => console.log(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped`));
  }
};
