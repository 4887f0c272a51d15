/** Availability zones of the VPC; each has one subnet of every tier. */
const ZONES = 3;

/** Prefix length of public and isolated subnets. */
const SMALL_SUBNET_MASK = 24;

/** Ranges of the VPC's subnets by tier. */
export interface SubnetCidrs {
  /** NAT gateways, the public load balancer. */
  readonly public: readonly string[];
  /** Pods, functions, interface endpoints, an internal load balancer, the Kubernetes API. */
  readonly private: readonly string[];
  /** Database, its proxy, the cache. */
  readonly isolated: readonly string[];
}

/**
 * The ranges that the Network stack's VPC gives to its subnets (lib/constructs/network/platform-vpc.ts): consecutive,
 * the private subnets first. Network policies use the ranges, because AWS resources have no labels to select by.
 * @param vpcCidr range of the VPC, /16 to /18
 */
export function subnetCidrs(vpcCidr: string): SubnetCidrs {
  const privateMask = Number(vpcCidr.split('/')[1]) + 2;
  const start = toNumber(vpcCidr.split('/')[0] as string);
  const tier = (first: number, mask: number) =>
    Array.from({ length: ZONES }, (_, zone) => `${toAddress(first + zone * sizeOf(mask))}/${mask}`);
  const afterPrivate = start + ZONES * sizeOf(privateMask);
  return {
    private: tier(start, privateMask),
    public: tier(afterPrivate, SMALL_SUBNET_MASK),
    isolated: tier(afterPrivate + ZONES * sizeOf(SMALL_SUBNET_MASK), SMALL_SUBNET_MASK),
  };
}

/** Whether two ranges share an address. */
export function cidrsOverlap(a: string, b: string): boolean {
  const [[firstA, lastA], [firstB, lastB]] = [boundsOf(a), boundsOf(b)];
  return firstA <= lastB && firstB <= lastA;
}

/** The address at `index` in a range; 0 is the first address. */
export function addressInCidr(cidr: string, index: number): string {
  return toAddress(boundsOf(cidr)[0] + index);
}

function boundsOf(cidr: string): [first: number, last: number] {
  const [address = '', mask] = cidr.split('/');
  const size = sizeOf(Number(mask));
  const first = Math.floor(toNumber(address) / size) * size;
  return [first, first + size - 1];
}

/** Addresses in a range. */
function sizeOf(mask: number): number {
  return 2 ** (32 - mask);
}

function toNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
