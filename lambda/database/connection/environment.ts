/** Environment variables of a function. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that has to be there. */
export function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') {
    throw new Error(`environment variable ${name} must be set: deploy the Data stack again`);
  }
  return value;
}

/** A variable that has to be a whole number within bounds. */
export function requiredInteger(environment: Environment, name: string, least: number, most: number): number {
  const text = required(environment, name);
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(
      `environment variable ${name} must be a whole number from ${least} to ${most}, got ${text}`,
    );
  }
  return value;
}
