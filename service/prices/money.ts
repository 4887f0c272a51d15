/** US dollars as a whole number of 10^-12 USD. No float touches money. */
export type PicoUsd = bigint;

/** Decimals that a `PicoUsd` has. */
const PICO_DECIMALS = 12;

/** Decimals of a cost in the database and in answers. */
export const COST_DECIMALS = 10;

/** A decimal number: sign, whole part, decimals, exponent. */
const DECIMAL = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * The money that a decimal text stands for, such as `3.75` or `2.5e-7`.
 * @returns undefined where the text is no decimal number or needs more than 12 decimals
 */
export function parseUsd(text: string): PicoUsd | undefined {
  return parseDecimal(text, PICO_DECIMALS);
}

/**
 * A decimal text as a whole number of 10^-decimals.
 * @returns undefined where the text is no decimal number or needs more decimals
 */
export function parseDecimal(text: string, decimals: number): bigint | undefined {
  const [match, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text.trim()) ?? [];
  if (match === undefined) return undefined;
  const digits = BigInt(whole + fraction);
  const shift = decimals - fraction.length + Number(exponent);
  const divisor = 10n ** BigInt(Math.max(0, -shift));
  if (digits % divisor !== 0n) return undefined;
  const value = (digits / divisor) * 10n ** BigInt(Math.max(0, shift));
  return sign === '-' ? -value : value;
}

/** 10^0 to 10^12: powers of big integers are slow. */
const POWERS_OF_TEN = Array.from({ length: PICO_DECIMALS + 1 }, (_, exponent) => 10n ** BigInt(exponent));

/**
 * Money as a decimal text without a currency sign.
 * @param decimals shown, 0 to 12; more than these are rounded half to even
 */
export function formatUsd(pico: PicoUsd, decimals: number = COST_DECIMALS): string {
  return formatDecimal(divideHalfEven(pico, POWERS_OF_TEN[PICO_DECIMALS - decimals] ?? 1n), decimals);
}

/** A whole number of 10^-decimals as a decimal text. */
export function formatDecimal(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const split = digits.length - decimals;
  const text = decimals === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`;
  return value < 0n ? `-${text}` : text;
}

/** A quotient rounded to a whole number; a half goes to the even neighbour. @param divisor above 0 */
export function divideHalfEven(value: bigint, divisor: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  const quotient = magnitude / divisor;
  const twiceRest = (magnitude % divisor) * 2n;
  const isUp = twiceRest > divisor || (twiceRest === divisor && quotient % 2n === 1n);
  const rounded = isUp ? quotient + 1n : quotient;
  return value < 0n ? -rounded : rounded;
}
