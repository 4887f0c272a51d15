/** One problem of a configuration. */
export interface ConfigProblem {
  /** Path of the knob within the environment, e.g. `database.multiAz`. */
  readonly path: string;
  /** What the value must be and what it is, e.g. `must be true or false, got 1`; it follows the path. */
  readonly message: string;
}

/** All problems of an environment's configuration, one line each. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}
