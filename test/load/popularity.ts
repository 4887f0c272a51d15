/**
 * A rank from 1 to `count` by Zipf's law with the exponent 1: rank k comes 1/k as often as the first, which is how often
 * people ask the same things (words of a text, pages of the web: L. Breslau and others, "Web Caching and Zipf-like
 * Distributions", 1999, find exponents from 0.64 to 0.83 for pages). Rejection-inversion after W. Hörmann and G.
 * Derflinger (1996): no table, so that each of k6's virtual users costs nothing.
 * @param random from 0 to below 1
 */
export function popularRank(count: number, random: () => number): number {
  // The area under 1/x around each rank stands for it; what is beside the bar of the rank is drawn again.
  const least = Math.log(1.5) - 1;
  const most = Math.log(count + 0.5);
  for (;;) {
    const area = most + random() * (least - most);
    const rank = Math.min(count, Math.max(1, Math.round(Math.exp(area))));
    if (area >= Math.log(rank + 0.5) - 1 / rank) return rank;
  }
}
