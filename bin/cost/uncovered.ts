/** Resources of a type that the estimate does not know: neither priced nor known to be free. */
export interface Uncovered {
  /** Stack that brings them, or `Kubernetes`. */
  readonly stack: string;
  /** CloudFormation's resource type, or the Kubernetes kind. */
  readonly type: string;
  /** How many of them there are. */
  readonly count: number;
}
