/** Environment variables of a function. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Value of a required variable. @throws Error where it is missing or empty */
export function required(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') {
    throw new Error(`environment variable ${name} must be set: deploy the Data stack again`);
  }
  return value;
}

/** Value of a required variable that is a whole number from `least` to `most`. @throws Error for any other value */
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
