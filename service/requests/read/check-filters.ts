import { RequestError } from '../errors';
import { textProblem } from '../record/text';
import type { RequestFilters } from './history-query';

/** Years that a time may have, so that each one is a text with four digits. */
const FIRST_YEAR = 1;
const LAST_YEAR = 9999;

/** @throws RequestError `invalid_query` for a period that ends before it begins */
export function checkPeriod({ from, to }: Pick<RequestFilters, 'from' | 'to'>): void {
  for (const [name, time] of Object.entries({ from, to })) {
    if (time === undefined) continue;
    const year = time.getUTCFullYear();
    if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) {
      throw new RequestError(
        'invalid_query',
        `${name} must be a time from year ${FIRST_YEAR} to ${LAST_YEAR}.`,
      );
    }
  }
  if (from !== undefined && to !== undefined && from >= to) {
    const got = `${from.toISOString()} and ${to.toISOString()}`;
    throw new RequestError('invalid_query', `from must be before to, got ${got}.`);
  }
}

/** @throws RequestError `invalid_query` for a period that ends before it begins, and for texts that cannot be stored */
export function checkFilters(filters: RequestFilters): void {
  checkPeriod(filters);
  const { user, provider, model, tags = {} } = filters;
  for (const text of [user, provider, model, ...Object.entries(tags).flat()]) {
    if (text !== undefined && textProblem(text) !== undefined) {
      throw new RequestError(
        'invalid_query',
        'A filter must not contain the NUL character or half of a surrogate pair: no request has them.',
      );
    }
  }
}
