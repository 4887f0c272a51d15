import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ValidationError } from './validation-error';

/** Written into the assembly by the validation plugins. */
const REPORT_FILE = 'validation-report.json';

/** What the validators said of an assembly. */
export interface Validation {
  /** Acknowledgements in the code: rules that do not apply to a construct, each with its reason. */
  readonly acknowledged: number;
}

/**
 * Synthesizes and holds the result to the strict standard: CloudFormation's own validation and cdk-nag's
 * AwsSolutions, where aws-cdk-lib fails on errors and this on warnings too.
 * @throws ValidationError that lists the findings
 */
export function synthesizeStrictly(app: App): { assembly: CloudAssembly; validation: Validation } {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const assembly = synthesize(app);
  const findings = readFindings(assembly.directory);
  if (findings.length > 0) throw new ValidationError(findings.join('\n'));
  const acknowledged = app.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY).length;
  return { assembly, validation: { acknowledged } };
}

/** aws-cdk-lib throws on a validator's errors; here they become findings like any other. */
function synthesize(app: App): CloudAssembly {
  try {
    return app.synth();
  } catch (error) {
    const findings = existsSync(join(app.outdir, REPORT_FILE)) ? readFindings(app.outdir) : [];
    if (findings.length === 0) throw error;
    throw new ValidationError(findings.join('\n'), { cause: error });
  }
}

/** What the validators found and nobody has acknowledged, one line each. */
function readFindings(directory: string): string[] {
  return readReport(directory).pluginReports.flatMap(({ pluginName, violations }) =>
    violations.flatMap(({ ruleName, description, violatingConstructs = [] }) =>
      violatingConstructs.map(
        ({ constructPath }) => `validation: ${constructPath}: ${description} (${pluginName} ${ruleName})`,
      ),
    ),
  );
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
  }[];
}

function readReport(directory: string): Report {
  const path = join(directory, REPORT_FILE);
  if (!existsSync(path))
    throw new ValidationError(`validation: no ${REPORT_FILE}: the validators did not run`);
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}
