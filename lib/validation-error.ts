/** Findings of the CloudFormation validators that nobody has acknowledged, one a line. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
}
