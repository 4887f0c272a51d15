import type { EnvironmentSummary, StackSummary } from './render-environment';

/** A summary as lines of text. */
export function formatSummary(summary: EnvironmentSummary): string[] {
  const { environment, account, acknowledgements, directory, kubernetes, seconds, stacks } = summary;
  const objects = kubernetes.files.length - 1; // without kustomization.yaml
  return [
    `${environment} (account ${account}) -> ${directory} in ${seconds} s`,
    ...stacks.map(stackLine),
    `  Kubernetes: ${objects} objects; valid against the API schemas and our own rules`,
    `  Validation: no finding of CloudFormation or AwsSolutions; ${acknowledgements} acknowledged in the code`,
    ...kubernetes.warnings.map((warning) => `  Warning: ${warning}`),
  ];
}

function stackLine(stack: StackSummary): string {
  const { id, stackName, region, resources, templateKilobytes, terminationProtection } = stack;
  const size = `${resources} resources, ${templateKilobytes} KB`;
  const protection = terminationProtection ? ', termination-protected' : '';
  return `  ${id.padEnd(18)} ${stackName.padEnd(40)} ${region.padEnd(12)} ${size}${protection}`;
}
