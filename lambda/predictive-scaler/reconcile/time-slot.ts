/** How far the scheduler's clock may be ahead of the function's, minutes. */
const CLOCK_TOLERANCE_MINUTES = 1;

/**
 * The slot of a run. All deliveries of one event have the same slot, and each slot is decided once. An event from the
 * future counts as one of now; otherwise the slots until then would count as decided.
 * @param scheduledMinute when the run was due; all moments are minutes since 1970-01-01 UTC
 * @returns first minute of the slot
 */
export function slotOf(scheduledMinute: number, intervalMinutes: number, nowMinute: number): number {
  const minute = Math.min(scheduledMinute, nowMinute + CLOCK_TOLERANCE_MINUTES);
  return Math.floor(minute / intervalMinutes) * intervalMinutes;
}
