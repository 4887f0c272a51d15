/**
 * Ends the run with one line that a person and CI can read, `N passed, N failed, N skipped`, and before it names what
 * was skipped: nothing is left out in silence.
 */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A test file that does not compile has failed, though it counts no test.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults
        .filter(({ status }) => status === 'pending' || status === 'todo')
        .map(({ fullName }) => `skipped: ${fullName}`),
    );
    const summary = `${results.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`;
    // After the default reporter, which writes to stderr at the same moment.
    setImmediate(() => console.log([...skipped, summary].join('\n')));
  }
};
