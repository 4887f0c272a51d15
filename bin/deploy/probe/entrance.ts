import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ResolvedConfig } from '../../../lib/config/environment-config';
import type { LiveStack } from '../../cloud/read-stack';

/** Where requests come in, and the name that they ask for. */
export interface Entrance {
  /** Origin to connect to, such as https://alb.eu-central-1.elb.amazonaws.com. */
  readonly origin: string;
  /** Host name of the request and of the certificate. */
  readonly host: string;
  /** Certificate authority, PEM. @default - the public ones */
  readonly certificateAuthority?: string;
}

/**
 * The entrance of the API: the load balancer, or CloudFront where nothing else reaches the load balancer. The names of
 * AWS are used, so that it does not matter whether the environment's own names are in the DNS yet.
 */
export function entranceOf(config: ResolvedConfig, stacks: readonly LiveStack[]): Entrance {
  const output = (id: string, name: string) => stacks.find((stack) => stack.id === id)?.outputs[name];
  const isBehindCdn = config.loadBalancer.exposure === 'cloudfront-only';
  const name = isBehindCdn
    ? output('Cdn', 'DistributionDomainName')
    : output('Ingress', 'LoadBalancerDnsName');
  const { api, app } = hostsOf(config, stacks);
  const host = isBehindCdn ? app : api;
  return { origin: `https://${name ?? host}`, host };
}

/** Host names of an environment; without a domain all of them are CloudFront's own name. */
export function hostsOf(
  { domain }: ResolvedConfig,
  stacks: readonly LiveStack[],
): { readonly api: string; readonly admin: string; readonly app: string } {
  if (domain !== null) return domain;
  const name = stacks.find(({ id }) => id === 'Cdn')?.outputs['DistributionDomainName'] ?? 'cloudfront.net';
  return { api: name, admin: name, app: name };
}

export interface ProbeAnswer {
  readonly status: number;
  /** Parsed body; the text where it is no JSON. */
  readonly body: unknown;
}

/** Longest time for an answer, ms. */
const TIMEOUT_MS = 10_000;

/** Largest answer, bytes. */
const MAX_BYTES = 1_000_000;

/** Sends a request with a JSON body through the entrance. Rejects with Node's error. */
export function ask(
  { origin, host, certificateAuthority }: Entrance,
  call: { readonly method: string; readonly path: string; readonly key?: string; readonly body?: object },
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const url = new URL(call.path, origin);
  const text = call.body === undefined ? undefined : JSON.stringify(call.body);
  const options = {
    method: call.method,
    servername: host,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    ...(certificateAuthority !== undefined && { ca: certificateAuthority }),
    headers: {
      host,
      accept: 'application/json',
      // The web ACL refuses requests without one.
      'user-agent': 'llm-cost-ops-deploy',
      ...(call.key !== undefined && { authorization: `Bearer ${call.key}` }),
      ...(text !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      }),
    },
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = send(url, options, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) answer.destroy(new RangeError(`the answer has more than ${MAX_BYTES} bytes`));
        chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: parsed(Buffer.concat(chunks)) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

function parsed(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
