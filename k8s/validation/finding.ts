/** A problem of a manifest, with the rule that found it. */
export interface Finding {
  /** File name of the manifest. */
  readonly file: string;
  /** Id of the rule that found it, e.g. `hpa-min-max`. */
  readonly rule: string;
  /** The field, what it must be, and its value. */
  readonly message: string;
}

/** What a rule returns: a finding without the rule's id. */
export type Problem = Omit<Finding, 'rule'>;

/** The problem as a list of one if `wrong`, otherwise an empty list. */
export function problemIf(wrong: boolean, file: string, message: string): Problem[] {
  return wrong ? [{ file, message }] : [];
}
