/** How far the scheduler's clock may be ahead of ours, minutes. */
const CLOCK_TOLERANCE_MINUTES = 1;

/**
 * The slot of a run: all deliveries of one event fall into the same, and each slot is decided once. An event from the
 * future counts as one of now, or the slots until then would be taken for decided.
 * @param scheduledMinute when the run was due, minutes since 1970-01-01 UTC, as the others
 * @returns its first minute
 */
export function slotOf(scheduledMinute: number, intervalMinutes: number, nowMinute: number): number {
  const minute = Math.min(scheduledMinute, nowMinute + CLOCK_TOLERANCE_MINUTES);
  return Math.floor(minute / intervalMinutes) * intervalMinutes;
}
