/** Resources of a type that the estimate does not know: it has neither a price nor an entry among the free ones. */
export interface Uncovered {
  /** Stack that creates them, or `Kubernetes`. */
  readonly stack: string;
  /** CloudFormation's resource type, or the Kubernetes kind. */
  readonly type: string;
  /** How many of them there are. */
  readonly count: number;
}
