/** Environment variables, as a handler hands them on. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Values of variables that have to be set.
 * @throws {RangeError} names all that are missing
 */
export function requireVariables<Name extends string>(
  environment: Environment,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new RangeError(`environment variables must be set, and are not: ${missing.join(', ')}`);
  }
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}
