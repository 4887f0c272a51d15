/**
 * Ends the run with one line that a person and CI can read, `N passed, N failed, N skipped`, and before it names in
 * another what was skipped: nothing is left out in silence. A group of tests whose server is missing counts as one.
 */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    // A test file that does not compile has failed, though it counts no test.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults
        .filter(({ status }) => status === 'pending' || status === 'todo')
        .map(({ fullName }) => fullName),
    );
    const summary = `${results.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`;
    const named =
      skipped.length === 0
        ? []
        : [`Skipped (servers that npm does not bring: .ci/install-servers on Debian): ${skipped.join('; ')}`];
    // After the default reporter, which writes to stderr at the same moment.
    setImmediate(() => console.log([...named, summary].join('\n')));
  }
};
