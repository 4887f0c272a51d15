import { ProviderError } from '../provider';

/** The error for what Converse has nothing like: it names the field, because leaving it out would change the answer. */
export function unsupported(
  field: string,
  remedy = 'leave it out, or use a model of another provider',
): ProviderError {
  return new ProviderError('unsupported', `'${field}' cannot be passed to Amazon Bedrock: ${remedy}.`);
}
