import { BlockList, isIP } from 'node:net';
import { UsageError } from '../cli/command';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * The origin of an address on this machine: load from here must not reach anybody else.
 * @param name what is called so in the error
 * @throws UsageError for any other host, whatever it resolves to
 */
export function loopbackOrigin(name: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:') {
    throw new UsageError(`${name} must be an http:// address on loopback, got ${address}`);
  }
  // The hosts file may lead localhost elsewhere.
  const host = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  if (family === 0 || !LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4')) {
    throw new UsageError(
      `${name} must be on loopback, such as http://127.0.0.1:8080, got ${url.hostname}; ` +
        'for a deployed environment run the script with k6 (docs/load-testing.md)',
    );
  }
  return `http://${family === 6 ? `[${host}]` : host}${url.port === '' ? '' : `:${url.port}`}`;
}
