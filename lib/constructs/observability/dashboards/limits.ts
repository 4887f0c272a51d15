/** A value that a metric should stay on one side of. */
export interface Limit {
  readonly value: number;
  /** For a person, e.g. `≤ 70 %`. */
  readonly label: string;
  /** The side on which it is missed. */
  readonly missed: 'above' | 'below';
  /** Who is told when it is missed; `bound`: nobody, it is where the resource ends. */
  readonly severity: 'page' | 'ticket' | 'bound';
}

/** The limits of an environment by the ids of its objectives. */
export class Limits {
  constructor(private readonly limits: Readonly<Record<string, Limit>>) {}

  /** Those of `ids` that the environment has. */
  of(...ids: readonly string[]): Limit[] {
    return ids.flatMap((id) => this.limits[id] ?? []);
  }
}

/** Where a resource ends. */
export function bound(value: number, label: string): Limit {
  return { value, label, missed: 'above', severity: 'bound' };
}
