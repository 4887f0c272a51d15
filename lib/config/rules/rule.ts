import type { ResolvedConfig } from '../environment-config';
import type { ConfigProblem } from '../problem';

/** A rule between knobs. It does not run when the schema rejects a knob that it reads. */
export interface Rule {
  /** Paths of the knobs that the check reads, e.g. `database.proxy`; a section covers all its knobs. */
  readonly reads: readonly string[];
  /** Problems of a configuration whose single values are valid; empty if the rule holds. */
  readonly check: (config: ResolvedConfig) => readonly ConfigProblem[];
}

/** One problem if the condition is true, otherwise an empty list. */
export function when(condition: boolean, path: string, message: string): ConfigProblem[] {
  return condition ? [{ path, message }] : [];
}
