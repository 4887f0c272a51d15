import { BlockList, isIP } from 'node:net';

/** Hosts that webhooks may also be sent to though they are private, by plain HTTP where the URL says so. */
export type PrivateHosts = ReadonlySet<string>;

/** Longest URL, characters; a check of the column holds the same bound. */
export const MAX_URL = 2048;

/**
 * Addresses that are not on the public internet (IANA's special-purpose registries): a webhook must not reach what only
 * this network reaches, such as metadata services, databases and other pods.
 */
const NOT_PUBLIC: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Of IPv6 only global unicast addresses are public, without those that carry an IPv4 address or are documentation. */
const PUBLIC_V6: readonly [network: string, prefix: number] = ['2000::', 3];
const NOT_PUBLIC_V6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refused = new BlockList();
for (const [network, prefix] of NOT_PUBLIC) refused.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of NOT_PUBLIC_V6) refused.addSubnet(network, prefix, 'ipv6');
const global = new BlockList();
global.addSubnet(PUBLIC_V6[0], PUBLIC_V6[1], 'ipv6');

/** Whether an address is on the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !refused.check(address, 'ipv4');
  return family === 6 && global.check(address, 'ipv6') && !refused.check(address, 'ipv6');
}

/**
 * Why a URL cannot be a webhook's; undefined for one that can. A name is looked up when an event is sent, and its
 * addresses are checked then.
 */
export function webhookUrlProblem(text: string, privateHosts: PrivateHosts): string | undefined {
  if (text.length > MAX_URL) return `must have at most ${MAX_URL} characters, got ${text.length}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return `must be a URL, got '${text}'`;
  if (url.username !== '' || url.password !== '') return 'must hold no user and no password';
  const host = hostOf(url);
  if (privateHosts.has(host) && /^https?:$/.test(url.protocol)) return undefined;
  if (url.protocol !== 'https:') return `must begin with https://, got '${url.protocol}'`;
  if (isIP(host) !== 0 && !isPublicAddress(host)) {
    return `must lead to a public address, got ${host}; BUDGET_WEBHOOK_HOSTS lists hosts of the own network`;
  }
  return undefined;
}

/** Host of a URL, without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
