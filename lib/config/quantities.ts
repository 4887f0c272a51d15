/** CPU quantity in thousandths of a core: `500m` -> 500, `2` -> 2000. */
export function cpuMillis(quantity: string): number {
  return quantity.endsWith('m') ? Number(quantity.slice(0, -1)) : Number(quantity) * 1000;
}

/** Memory quantity in MiB: `512Mi` -> 512, `2Gi` -> 2048. */
export function memoryMib(quantity: string): number {
  return Number(quantity.slice(0, -2)) * (quantity.endsWith('Gi') ? 1024 : 1);
}
