import { parseDuration } from './duration.ts';

/** Everything that is wrong with the environment variables, one line each. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Reads environment variables; empty ones count as absent. What is wrong is collected in `problems`. */
export class Environment {
  readonly problems: string[] = [];

  constructor(private readonly variables: Readonly<Record<string, string | undefined>>) {}

  text(name: string, fallback = ''): string {
    return this.variables[name]?.trim() || fallback;
  }

  number(name: string, fallback: number, least: number, most: number): number {
    const value = Number(this.text(name, String(fallback)));
    if (!(value >= least && value <= most)) {
      this.problems.push(`${name} must be a number between ${least} and ${most}, got ${this.text(name)}`);
    }
    return value;
  }

  /** A whole number. */
  integer(name: string, fallback: number, least: number, most: number): number {
    const value = Number(this.text(name, String(fallback)));
    if (!(Number.isInteger(value) && value >= least && value <= most)) {
      this.problems.push(
        `${name} must be a whole number between ${least} and ${most}, got ${this.text(name)}`,
      );
    }
    return value;
  }

  /** ms; undefined where it is absent. */
  duration(name: string): number | undefined {
    if (this.text(name) === '') return undefined;
    const value = parseDuration(this.text(name));
    if (!(value > 0)) {
      this.problems.push(`${name} must be a duration such as 90s, 10m or 1h30m, got ${this.text(name)}`);
    }
    return value;
  }

  /** False where it is absent. */
  flag(name: string): boolean {
    const value = this.text(name, 'false');
    if (value !== 'true' && value !== 'false') {
      this.problems.push(`${name} must be true or false, got ${value}`);
    }
    return value === 'true';
  }
}
