/** Numbers from 0 (included) to 1 (excluded) that follow from a seed. */
export type Random = () => number;

/**
 * The generator mulberry32: 32 bits of state, fast, good enough for simulations and for nothing secret.
 *
 * Source: github.com/bryc/code/blob/master/jshash/PRNGs.md
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A value of the normal distribution with mean 0 and deviation 1, by Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A hash of 32 bits (FNV-1a) of a text's beginning and length; cheap for texts of megabytes. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5 ^ text.length;
  const end = Math.min(text.length, 2_048);
  for (let at = 0; at < end; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
