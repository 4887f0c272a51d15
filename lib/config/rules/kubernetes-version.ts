/** Minor of a Kubernetes version: `1.36` -> 36. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
