import type { PicoUsd } from '../../prices/money';

/**
 * The arithmetic of shares. All amounts are 10^-12 USD.
 *
 * What a limit has left is `limit - spent - other pods' shares`. A pod holds a part of it as its share, and lets calls
 * through without asking as long as their worst cases fit into the share. Whoever writes a share has locked the window,
 * so `spent + all shares <= limit` holds whenever a share grows, and no number of pods passes a limit together.
 */

/** Of what is left, a pod takes at most this part in advance: 16 pods leave room for each other near a limit. */
const ADVANCE_PART = 16n;

/** What a pod knows of a window while it has it locked. */
export interface WindowRoom {
  /** Null: no limit any more. */
  readonly limit: PicoUsd | null;
  /** Spent by the ledger. */
  readonly spent: PicoUsd;
  /** Shares of other pods whose leases run. */
  readonly others: PicoUsd;
  /** What the pod's own calls hold, settled ones included until the ledger has their rows. */
  readonly held: PicoUsd;
}

/** A call that waits for room in all its windows. */
export interface WaitingCall {
  /** Names of its windows. */
  readonly windows: readonly string[];
  readonly cost: PicoUsd;
}

/** What was decided about a call: it fits, or the first of its windows that has no room. */
export type Decision = { readonly fits: true } | { readonly fits: false; readonly window: string };

/** Room of a window for further calls; below 0 where more was spent than the limit allows. Null: unlimited. */
export function roomOf({ limit, spent, others, held }: WindowRoom): PicoUsd | null {
  return limit === null ? null : limit - spent - others - held;
}

/**
 * Lets calls through in their order as long as they fit into all their windows. A call that does not fit takes nothing,
 * so a smaller one after it may pass.
 * @param rooms of all windows by name; a window that is missing no longer exists and limits nothing
 */
export function decide(
  rooms: ReadonlyMap<string, PicoUsd | null>,
  calls: readonly WaitingCall[],
): readonly Decision[] {
  const left = new Map(rooms);
  return calls.map(({ windows, cost }) => {
    const full = windows.find((window) => {
      const room = left.get(window) ?? null;
      return room !== null && room < cost;
    });
    if (full !== undefined) return { fits: false, window: full };
    for (const window of windows) {
      const room = left.get(window) ?? null;
      if (room !== null) left.set(window, room - cost);
    }
    return { fits: true };
  });
}

/**
 * The share that a pod takes: what its calls hold, and in advance what it needed in the last second, but at most a 16th
 * of what is left. So a busy pod asks about once a second, and near the limit a share shrinks to the calls themselves.
 * @param room left after the calls that were let through; null: unlimited
 * @param held by the pod's calls, those that were let through included
 * @param demand worst cases that came in the last second
 */
export function shareOf(room: PicoUsd | null, held: PicoUsd, demand: PicoUsd): PicoUsd {
  if (room === null || room <= 0n) return held;
  const most = room / ADVANCE_PART;
  return held + (demand < most ? demand : most);
}
