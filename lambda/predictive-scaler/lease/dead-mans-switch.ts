import type { ReleaseEvent } from '../constants';

/** Lets the floors go when the scaler no longer says that it is alive. */
export interface DeadMansSwitch {
  /**
   * Puts the release off.
   * @param minute when it happens unless it is put off again, minutes since 1970-01-01 UTC
   * @throws {CallError} the switch is where it was
   */
  pushTo(minute: number, release: ReleaseEvent): Promise<void>;
}
