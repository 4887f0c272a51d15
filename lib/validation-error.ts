/** Findings of the CloudFormation validators that are not acknowledged, one per line. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
}
