/** Names a window of a budget. */
export interface WindowKey {
  readonly budgetId: string;
  readonly startsAt: Date;
}

/** A window's key as text. */
export function windowName({ budgetId, startsAt }: WindowKey): string {
  return `${budgetId}/${startsAt.toISOString()}`;
}

/** Keys as arrays of a statement, in the order in which everybody locks windows. */
export function keyArrays(keys: readonly WindowKey[]): [ids: string[], starts: string[]] {
  const sorted = [...keys].sort((one, other) => (windowName(one) < windowName(other) ? -1 : 1));
  return [sorted.map(({ budgetId }) => budgetId), sorted.map(({ startsAt }) => startsAt.toISOString())];
}
