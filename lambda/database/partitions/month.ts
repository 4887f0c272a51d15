/** A calendar month in UTC, counted from January of year 0. */
export type Month = number;

/** Month of an instant, in UTC. */
export function monthOf(instant: Date): Month {
  return instant.getUTCFullYear() * 12 + instant.getUTCMonth();
}

/** First instant of a month, in UTC, as RFC 3339. */
export function startOf(month: Month): string {
  return `${digits(month, '-')}-01T00:00:00Z`;
}

/** Name of a table's partition for a month, e.g. `llm_requests_2026_11`. */
export function partitionName(table: string, month: Month): string {
  return `${table}_${digits(month, '_')}`;
}

/** Month of a partition by its name; undefined for other names. */
export function monthOfPartition(table: string, name: string): Month | undefined {
  const [, year, month] = name.match(new RegExp(`^${table}_(\\d{4})_(\\d{2})$`)) ?? [];
  return year === undefined ? undefined : Number(year) * 12 + Number(month) - 1;
}

function digits(month: Month, separator: string): string {
  const year = String(Math.floor(month / 12)).padStart(4, '0');
  return `${year}${separator}${String((month % 12) + 1).padStart(2, '0')}`;
}
