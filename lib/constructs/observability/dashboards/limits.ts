/** A value that a metric should stay on one side of. */
export interface Limit {
  /** Value of the limit, in the unit of the metric. */
  readonly value: number;
  /** Limit as people read it, e.g. `≤ 70 %`. */
  readonly label: string;
  /** Side of the value on which the limit is missed. */
  readonly missed: 'above' | 'below';
  /** Who is told when it is missed; `bound` is the end of a resource, which tells nobody. */
  readonly severity: 'page' | 'ticket' | 'bound';
}

/** The limits of an environment by the ids of its objectives. */
export class Limits {
  constructor(private readonly limits: Readonly<Record<string, Limit>>) {}

  /** Limits of the objectives `ids`, without those that the environment does not have. */
  of(...ids: readonly string[]): Limit[] {
    return ids.flatMap((id) => this.limits[id] ?? []);
  }
}

/** The end of a resource, e.g. `max_connections`; it cannot be exceeded. */
export function bound(value: number, label: string): Limit {
  return { value, label, missed: 'above', severity: 'bound' };
}
