const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as k6 writes it, `90s`, `1h30m` or `250ms`, in ms; NaN for any other text. */
export function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return Number.NaN;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (UNIT_MS[String(unit)] ?? Number.NaN);
  }
  return total;
}

/** Milliseconds as k6 reads them. */
export function duration(milliseconds: number): string {
  return `${Math.round(milliseconds)}ms`;
}
