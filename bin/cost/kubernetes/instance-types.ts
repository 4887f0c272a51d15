import { UsageError } from '../../cli/command';

/** A size of EC2 instance that nodes may have. */
export interface InstanceType {
  /** AWS’s name, such as m7i.large. */
  readonly name: string;
  /** Number of virtual CPUs. */
  readonly vcpus: number;
  /** Memory, GiB. */
  readonly memoryGib: number;
  /** Most pods, by its network interfaces (amazon-eks-ami, eni-max-pods.txt). */
  readonly maxPods: number;
}

/**
 * The general-purpose pool of Auto Mode takes amd64 of the families c, m and r from generation 5 on
 * (https://docs.aws.amazon.com/eks/latest/userguide/set-builtin-node-pools.html): m7i.large is a small one of a family
 * whose price and fee were found. The arm64 ones are for pools of one's own.
 */
export const DEFAULT_INSTANCE = 'm7i.large';

const GENERAL_PURPOSE_SIZES: Readonly<Record<string, Omit<InstanceType, 'name'>>> = {
  large: { vcpus: 2, memoryGib: 8, maxPods: 29 },
  xlarge: { vcpus: 4, memoryGib: 16, maxPods: 58 },
  '2xlarge': { vcpus: 8, memoryGib: 32, maxPods: 58 },
  '4xlarge': { vcpus: 16, memoryGib: 64, maxPods: 234 },
};

const INSTANCE_TYPES: readonly InstanceType[] = ['m7i', 'm7g'].flatMap((family) =>
  Object.entries(GENERAL_PURPOSE_SIZES).map(([size, shape]) => ({ name: `${family}.${size}`, ...shape })),
);

/** @throws UsageError that lists the types */
export function instanceTypeOf(name: string): InstanceType {
  const type = INSTANCE_TYPES.find((candidate) => candidate.name === name);
  if (type) return type;
  const names = INSTANCE_TYPES.map((candidate) => candidate.name).join(', ');
  throw new UsageError(`--instance must be one of ${names}, got ${name}`);
}

/** Part of the cores that the kubelet keeps, thousandths: 6 % of the first, 1 % of the second, 0.5 % of two more, … */
function reservedMillis(vcpus: number): number {
  const share = (core: number) => (core === 0 ? 60 : core === 1 ? 10 : core < 4 ? 5 : 2.5);
  return Array.from({ length: vcpus }, (_, core) => share(core)).reduce((sum, part) => sum + part, 0);
}

/** Memory that the kubelet keeps and that it evicts pods for, MiB. */
function reservedMebibytes(maxPods: number): number {
  return 255 + 11 * maxPods + 100;
}

/** What is left for pods, by the rules of amazon-eks-ami (nodeadm, kubelet reservations). */
export function allocatableOf({ vcpus, memoryGib, maxPods }: InstanceType) {
  return {
    cpuMillis: vcpus * 1000 - reservedMillis(vcpus),
    memoryMib: memoryGib * 1024 - reservedMebibytes(maxPods),
  };
}
