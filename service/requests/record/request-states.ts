import { ABANDONED } from '../record';

/** State of a request under its id. */
export type RequestState = 'absent' | 'active' | 'abandoned' | 'ended';

/** What a record reports: that a request began, that it ended, or that its pod ended before it did. */
export type RequestEvent = 'start' | 'end' | 'abandon';

/**
 * What becomes of a record: it is stored over what is there, it says nothing new, or its content is compared with
 * what is stored: equal content is a duplicate, other content an error.
 */
export type RecordFate = 'store' | 'ignore' | 'compare';

/** The life of a request. The statement that writes rows holds the same rules (`upsert.ts`). */
export const TRANSITIONS: Readonly<Record<RequestState, Readonly<Record<RequestEvent, RecordFate>>>> = {
  absent: { start: 'store', end: 'store', abandon: 'store' },
  active: { start: 'compare', end: 'store', abandon: 'store' },
  // A real end is worth more than the guess that the request was abandoned.
  abandoned: { start: 'ignore', end: 'store', abandon: 'ignore' },
  // A start that arrives after the end is late, not wrong.
  ended: { start: 'ignore', end: 'compare', abandon: 'ignore' },
};

/** What tells the state of a request. */
interface StateFields {
  readonly status: string;
  readonly errorCode: string | null;
}

/** State that a stored row is in. */
export function stateOf({ status, errorCode }: StateFields): RequestState {
  if (status === 'active') return 'active';
  return errorCode === ABANDONED ? 'abandoned' : 'ended';
}

/** Event that a row reports. */
export function eventOf(row: StateFields): RequestEvent {
  const state = stateOf(row);
  if (state === 'active') return 'start';
  return state === 'abandoned' ? 'abandon' : 'end';
}
