/** One thing that is wrong with a manifest. */
export interface Finding {
  /** File it is in. */
  readonly file: string;
  /** Id of the rule that found it, e.g. `hpa-min-max`. */
  readonly rule: string;
  /** The field, its value and what it must be. */
  readonly message: string;
}

/** What a rule returns: a finding without the rule's own id. */
export type Problem = Omit<Finding, 'rule'>;

/** A list of one problem, or of none when all is well. */
export function when(wrong: boolean, file: string, message: string): Problem[] {
  return wrong ? [{ file, message }] : [];
}
