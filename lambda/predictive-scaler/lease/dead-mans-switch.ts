import type { ReleaseEvent } from '../constants';

/** Releases the floors if the scaler stops running. */
export interface DeadMansSwitch {
  /**
   * Postpones the release.
   * @param minute time of the release unless it is postponed again, minutes since 1970-01-01 UTC
   * @param release floors to release then
   * @throws {CallError} the release stays at its old time
   */
  extendTo(minute: number, release: ReleaseEvent): Promise<void>;
}
