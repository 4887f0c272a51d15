import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';

/** Written into the assembly by the validation plugins. */
const REPORT_FILE = 'validation-report.json';

/** A finding of a validator that nobody has acknowledged. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
}

/** What the validators said of an assembly. */
export interface Validation {
  /** Rules that were acknowledged where they do not apply, each with a reason beside its construct. */
  readonly acknowledged: number;
}

/**
 * Synthesizes and holds the result to the strict standard: aws-cdk-lib fails on the errors of its validators,
 * this on their warnings too.
 * @throws ValidationError that lists the findings
 */
export function synthesizeStrictly(app: App): { assembly: CloudAssembly; validation: Validation } {
  const assembly = app.synth();
  const report = readReport(assembly.directory);
  const findings = report.pluginReports.flatMap(({ pluginName, violations }) =>
    violations.flatMap(({ ruleName, description, violatingConstructs = [] }) =>
      violatingConstructs.map(
        ({ constructPath }) => `${constructPath}: ${description} (${pluginName} ${ruleName})`,
      ),
    ),
  );
  if (findings.length > 0) {
    throw new ValidationError(findings.map((finding) => `validation: ${finding}`).join('\n'));
  }
  const acknowledged = report.pluginReports.reduce(
    (count, { suppressedViolations = [] }) => count + suppressedViolations.length,
    0,
  );
  return { assembly, validation: { acknowledged } };
}

interface Violation {
  readonly ruleName: string;
  readonly description: string;
  readonly violatingConstructs?: readonly { readonly constructPath: string }[];
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly Violation[];
    readonly suppressedViolations?: readonly Violation[];
  }[];
}

function readReport(directory: string): Report {
  const path = join(directory, REPORT_FILE);
  if (!existsSync(path))
    throw new ValidationError(`validation: no ${REPORT_FILE}: the validators did not run`);
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}
