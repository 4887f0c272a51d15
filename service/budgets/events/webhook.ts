import { createHmac } from 'node:crypto';
import { lookup as lookUp } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { EventMessage } from './event-message';
import { hostOf, isPublicAddress, type PrivateHosts, webhookUrlProblem } from './webhook-url';

/** Header with the time and the signature: `t=<seconds since 1970>,v1=<hex>`. */
export const SIGNATURE_HEADER = 'llm-cost-ops-signature';

/** Longest time of one attempt, from the look-up of the name to the end of the answer's headers, ms. */
const ATTEMPT_MS = 10_000;

export interface WebhookProps {
  /** Key of the signatures; null where there is none: nothing is sent then. */
  readonly signingKey: () => Promise<string | null>;
  /** Hosts of the own network that may be called. */
  readonly privateHosts: PrivateHosts;
  readonly now: () => Date;
  /** Certificate authority of receivers, PEM. @default - the public ones */
  readonly certificateAuthority?: string;
  /** Looks names up. @default - the system's */
  readonly lookup?: LookupFunction;
}

/**
 * Signature of a body: HMAC-SHA256 of `<timestamp>.<body>`, hex. A receiver computes the same, compares in constant
 * time, and refuses old timestamps, so that nobody can send a message again later.
 * @param timestamp seconds since 1970
 */
export function signatureOf(key: string, timestamp: number, body: string): string {
  return createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
}

/** Sends events to the URLs of budgets. */
export class Webhook {
  constructor(private readonly props: WebhookProps) {}

  /**
   * Sends one event once. Redirects are not followed: they could lead into the own network.
   * @throws Error unless the receiver answers 2xx within 10 s
   */
  async send(url: string, message: EventMessage): Promise<void> {
    const { privateHosts, signingKey, now } = this.props;
    const problem = webhookUrlProblem(url, privateHosts);
    if (problem !== undefined) throw new Error(`webhook_url ${problem}`);
    const key = await signingKey();
    if (key === null) throw new Error('the secret of the gateway has no webhook_signing_key');
    const body = JSON.stringify(message);
    const timestamp = Math.floor(now().getTime() / 1000);
    const status = await this.post(new URL(url), body, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'llm-cost-ops',
      [SIGNATURE_HEADER]: `t=${timestamp},v1=${signatureOf(key, timestamp, body)}`,
    });
    if (status < 200 || status > 299) throw new Error(`the receiver answered ${status} instead of 2xx`);
  }

  private post(url: URL, body: string, headers: Record<string, string>): Promise<number> {
    const { certificateAuthority: ca } = this.props;
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(ATTEMPT_MS);
      const options = { method: 'POST', headers, signal, lookup: this.lookup(hostOf(url)), agent: false };
      const sent = request(url, { ...options, ...(ca !== undefined && { ca }) }, (response) => {
        resolve(response.statusCode ?? 0);
        // Nothing of the answer is needed, and it may be without end.
        response.on('error', () => undefined);
        response.destroy();
      });
      sent.on('error', (error) =>
        reject(signal.aborted ? new Error(`no answer within ${ATTEMPT_MS} ms`, { cause: error }) : error),
      );
      sent.end(body);
    });
  }

  /** Looks a name up and refuses private addresses: the very addresses that are connected to are checked. */
  private lookup(host: string): LookupFunction {
    const { privateHosts, lookup = lookUp as LookupFunction } = this.props;
    return (name, options, done) =>
      lookup(name, { ...options, all: true }, (error, addresses) => {
        const list = Array.isArray(addresses) ? addresses : [];
        const refused = privateHosts.has(host)
          ? undefined
          : list.find(({ address }) => !isPublicAddress(address));
        const [first] = list;
        if (error !== null) done(error, '');
        else if (refused !== undefined || first === undefined) {
          done(new Error(`${name} leads to ${refused?.address ?? 'no address'}, which is not public`), '');
        } else if (options.all === true) done(null, list);
        else done(null, first.address, first.family);
      });
  }
}
