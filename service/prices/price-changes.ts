import { LIST_SOURCES, type PriceRow } from './price-row';

/** A price in the database. */
export interface StoredPrice extends PriceRow {
  /** A UUID. */
  readonly id: string;
}

/** A price that ends. */
export interface EndedPrice {
  readonly price: StoredPrice;
  /** Excluded. */
  readonly validUntil: Date;
}

/** A price that is not imported. */
export interface SkippedPrice {
  readonly row: PriceRow;
  /** A sentence without a full stop. */
  readonly reason: string;
}

/** A new price that is at least 100 times another one of its unit, or at most a hundredth. */
export interface OutlyingPrice {
  readonly row: PriceRow;
  readonly other: PriceRow;
}

/** What an import does to the price book. */
export interface PriceChanges {
  readonly added: readonly PriceRow[];
  /** Prices that others follow. */
  readonly ended: readonly EndedPrice[];
  /** Prices that are in the book already. */
  readonly unchanged: number;
  readonly skipped: readonly SkippedPrice[];
  /** Part of `added` that somebody has to confirm: the price may be for a thousand or for one token. */
  readonly outlying: readonly OutlyingPrice[];
}

/** What changes are planned from. */
export interface PricePlan {
  /** Prices in the database. */
  readonly stored: readonly StoredPrice[];
  /** Prices to import. */
  readonly incoming: readonly PriceRow[];
  /** Further prices to compare new ones with, such as the built-in ones. @default - only the stored ones */
  readonly known?: readonly PriceRow[];
  readonly now: Date;
}

/** Factor from which a price is confirmed first: a price for a thousand tokens is off by 1000, one in cents by 100. */
const OUTLYING_FACTOR = 100n;

/**
 * What an import changes. A price is never overwritten: it ends, and the new one follows it, so that the requests of
 * each time keep their price.
 */
export function planPriceChanges({ stored, incoming, known = [], now }: PricePlan): PriceChanges {
  const slots = new Map<string, Slot>();
  for (const price of stored) slotOf(slots, price).prices.push({ ...price });
  let unchanged = 0;
  const skipped: SkippedPrice[] = [];
  for (const row of incoming.toSorted((a, b) => a.validFrom.getTime() - b.validFrom.getTime())) {
    const outcome = place(slotOf(slots, row), row, now);
    if (outcome === 'unchanged') unchanged += 1;
    if (typeof outcome === 'object') skipped.push(outcome);
  }
  const all = [...slots.values()].flatMap(({ prices }) => prices);
  const added = all.filter((price) => price.id === undefined).map(({ id, ...row }) => row);
  const before = new Map(stored.map((price) => [price.id, price]));
  const ended = all.flatMap(({ id, validUntil }) => {
    const price = id === undefined ? undefined : before.get(id);
    return price && validUntil && validUntil.getTime() !== price.validUntil?.getTime()
      ? [{ price, validUntil }]
      : [];
  });
  return { added, ended, unchanged, skipped, outlying: outliers(added, [...stored, ...known]) };
}

/** Prices of one unit under the same conditions from one source, which follow one another. */
interface Slot {
  readonly prices: (PriceRow & { id?: string; validUntil: Date | null })[];
}

/** Puts a price into its slot; says what happened to it. */
function place(slot: Slot, row: PriceRow, now: Date): 'added' | 'unchanged' | SkippedPrice {
  const isPast = row.validUntil !== null && row.validUntil <= now;
  const isFuture = row.validFrom > now;
  // A price of today is compared with today's, whenever either began.
  const at = isPast || isFuture ? row.validFrom : now;
  const current = slot.prices.find((price) => isValid(price, at));
  if (current === undefined) {
    const last = slot.prices.filter(
      ({ validUntil }) => validUntil && validUntil > row.validFrom && validUntil <= at,
    );
    return add(slot, row, last.length > 0 ? now : row.validFrom);
  }
  if (current.usdPerMillion === row.usdPerMillion) {
    if (current.validUntil === null) current.validUntil = row.validUntil;
    return 'unchanged';
  }
  if (isPast) return { row, reason: 'another price is stored for this time, and the past is not rewritten' };
  const validFrom = row.validFrom > current.validFrom ? row.validFrom : now;
  if (validFrom <= current.validFrom) {
    return {
      row,
      reason: `another price from ${current.validFrom.toISOString()} on is stored; end that one first`,
    };
  }
  current.validUntil = validFrom;
  return add(slot, row, validFrom);
}

/** Adds a price that ends where its list says, but not after the next stored one begins. */
function add({ prices }: Slot, row: PriceRow, validFrom: Date): 'added' {
  const ends = prices.map((price) => price.validFrom).filter((begin) => begin > validFrom);
  if (row.validUntil !== null) ends.push(row.validUntil);
  const [first = null] = ends.toSorted((a, b) => a.getTime() - b.getTime());
  prices.push({ ...row, validFrom, validUntil: first });
  return 'added';
}

function isValid({ validFrom, validUntil }: PriceRow, at: Date): boolean {
  return validFrom <= at && (validUntil === null || at < validUntil);
}

function slotOf(slots: Map<string, Slot>, row: PriceRow): Slot {
  const key = JSON.stringify([unitKey(row), row.source, row.projectId, row.daily?.fromSeconds ?? null]);
  const slot = slots.get(key) ?? { prices: [] };
  slots.set(key, slot);
  return slot;
}

/** What two prices have in common that can be compared. */
function unitKey({ provider, model, unit, serviceTier, region, aboveInputTokens }: PriceRow): string {
  return JSON.stringify([provider, model, unit, serviceTier, region, aboveInputTokens]);
}

/**
 * New prices that are far from another one of their unit. Zero is compared with nothing: it is a price of its own. A
 * public list is not compared with people's own prices, which may be far from it on purpose.
 */
function outliers(added: readonly PriceRow[], known: readonly PriceRow[]): OutlyingPrice[] {
  const byUnit = new Map<string, PriceRow[]>();
  // Names in a file need not have the letters of a list.
  const keyOf = (row: PriceRow) => unitKey(row).toLowerCase();
  for (const row of known) {
    const key = keyOf(row);
    const others = byUnit.get(key) ?? [];
    others.push(row);
    byUnit.set(key, others);
  }
  return added.flatMap((row) => {
    const isListed = LIST_SOURCES.includes(row.source);
    const other = byUnit
      .get(keyOf(row))
      ?.find(
        ({ source, usdPerMillion }) =>
          (!isListed || LIST_SOURCES.includes(source)) && isFar(usdPerMillion, row.usdPerMillion),
      );
    return other === undefined ? [] : [{ row, other }];
  });
}

function isFar(a: bigint, b: bigint): boolean {
  if (a === 0n || b === 0n) return false;
  return a >= b * OUTLYING_FACTOR || b >= a * OUTLYING_FACTOR;
}
