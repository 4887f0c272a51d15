import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ValidationError } from './validation-error';

/** File that the validation plugins write into the assembly. */
const REPORT_FILE = 'validation-report.json';

/** Result of the validation of an assembly without findings. */
export interface Validation {
  /** Number of acknowledgements in the code: rules that do not apply to a construct, each with its reason. */
  readonly acknowledged: number;
}

/**
 * Synthesizes and validates with CloudFormation's own rules and cdk-nag's AwsSolutions. Warnings fail too, where
 * aws-cdk-lib fails on errors only.
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

/** Turns the errors of a validator, on which aws-cdk-lib throws, into a ValidationError with all findings. */
function synthesize(app: App): CloudAssembly {
  try {
    return app.synth();
  } catch (error) {
    const findings = existsSync(join(app.outdir, REPORT_FILE)) ? readFindings(app.outdir) : [];
    if (findings.length === 0) throw error;
    throw new ValidationError(findings.join('\n'), { cause: error });
  }
}

/** Findings of the validators that are not acknowledged, one line each. */
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
    throw new ValidationError(`validation: the assembly has no ${REPORT_FILE}: the validators did not run`);
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}
