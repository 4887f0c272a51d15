import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../db/temporary-database';
import { NginxBalancer } from './balancer/nginx-balancer';
import { PlainBalancer } from './balancer/plain-balancer';

/** Where `.ci/install-servers` puts NGINX. */
const NGINX = join(__dirname, '../../.servers/bin/nginx');

/** What callers reach pods through. */
export interface Balancer {
  /** What it is, for a report. */
  readonly name: string;
  /** Origin that callers use, on 127.0.0.1. */
  readonly url: string;
  /** Process id; undefined for a balancer in this process, and once NGINX has ended. */
  readonly pid: number | undefined;
  readonly running: boolean;
  /**
   * Sends new requests to these pods only; those under way stay where they are.
   *
   * @returns once the former pods get no new connection
   */
  use(pods: readonly string[]): Promise<void>;
  /** Ends it within 3 s; requests under way are cut. */
  end(): Promise<void>;
  /** Last lines of its log, for an error. */
  lastLines(): string;
}

export interface BalancerProps {
  /** Folder of NGINX's configuration, certificate, log and bodies of large requests; it is created. */
  readonly folder: string;
  /** Origins of the pods, at least one. */
  readonly pods: readonly string[];
  /** Whose NGINX settings it runs with. @default 'dev' */
  readonly environment?: string;
  /** Port of plain HTTP on 127.0.0.1. @default - a free one */
  readonly port?: number;
}

/**
 * NGINX with the charts' configuration where it is installed, else a balancer in this process. Addresses, folders and
 * log of the configuration are local ones; all else is the environment's.
 *
 * @throws UsageError with the last log lines where NGINX does not start
 */
export async function startBalancer(props: BalancerProps): Promise<Balancer> {
  const { folder, pods, environment = 'dev', port = await freePort() } = props;
  if (!existsSync(NGINX)) return PlainBalancer.start({ pods, port });
  const ports = { http: port, https: await freePort() };
  return NginxBalancer.start({ program: NGINX, folder, environment, ports }, pods);
}
