import type { ResolvedConfig } from '../environment-config';
import type { ConfigProblem } from '../problem';

/** A rule between knobs. It is skipped when a knob that it reads is wrong in itself. */
export interface Rule {
  /** Paths of the knobs it reads. */
  readonly reads: readonly string[];
  readonly check: (config: ResolvedConfig) => readonly ConfigProblem[];
}

/** The problem, where the condition holds. */
export function when(condition: boolean, path: string, message: string): ConfigProblem[] {
  return condition ? [{ path, message }] : [];
}
