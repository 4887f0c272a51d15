/** Memory per vCPU, GiB: general purpose 4, memory optimised 8 (AWS instance type pages). */
const GIB_PER_VCPU = { m: 4, r: 8 } as const;

/** Memory of t4g sizes, GiB; it does not follow from their number of vCPUs. */
const T4G_GIB: Readonly<Record<string, number>> = {
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  '2xlarge': 32,
};

/**
 * Memory of a Graviton RDS class such as `r8g.xlarge`, GiB.
 * @throws Error when the class is not one that the schema allows
 */
export function instanceMemoryGib(instanceClass: string): number {
  const [family = '', size = ''] = instanceClass.split('.');
  const vcpus = { large: 2, xlarge: 4 }[size] ?? 4 * Number.parseInt(size, 10);
  const memory = family === 't4g' ? T4G_GIB[size] : vcpus * GIB_PER_VCPU[family.charAt(0) as 'm' | 'r'];
  if (memory === undefined || Number.isNaN(memory))
    throw new Error(`unknown RDS instance class '${instanceClass}'; use a Graviton class such as r8g.xlarge`);
  return memory;
}
