/** Environment variables, which a handler passes on. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Values of required variables.
 * @throws {RangeError} that names all missing variables
 */
export function requireVariables<Name extends string>(
  environment: Environment,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new RangeError(`environment variables must be set, but are missing: ${missing.join(', ')}`);
  }
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}
