import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import type { SelfSignedCertificate } from '../../../k8s/scripts/self-signed-certificate';
import { type HpaAnswer, type HpaStore, refusal } from './hpa-store';
import type { LoopHistory } from './loop-history';
import type { MinuteLoads } from './minute-loads';

/** Path of the loads by minute; query `from`, the first minute. */
export const LOADS_PATH = '/local/v1/loads';

/** Path that the scaler puts its decisions to, for the page. */
export const FORECAST_PATH = '/local/v1/forecast';

/** Largest body, bytes. */
const MAX_BODY_BYTES = 65_536;

const LOAD = z.number().nonnegative().nullable();

const FORECAST = z.object({
  originMinute: z.number().int(),
  forecasts: z
    .array(z.object({ horizonMinutes: z.number().int().positive(), point: LOAD, upper: LOAD }))
    .max(10),
  gate: z.string().max(100),
  message: z.string().max(2000),
});

export interface ApiServerProps {
  readonly store: HpaStore;
  readonly loads: MinuteLoads;
  readonly history: LoopHistory;
  readonly certificate: SelfSignedCertificate;
  /** Bearer token of the one client. */
  readonly token: string;
  /** The platform's clock, ms since 1970-01-01 UTC. */
  readonly platformMs: () => number;
}

/** A server on loopback, and how it is ended. */
export interface LoopServer {
  /** Origin. */
  readonly url: string;
  close(): Promise<void>;
}

/** The part of a Kubernetes API that the scaler uses, over TLS, and what it reads and writes besides. */
export async function startApiServer(props: ApiServerProps): Promise<LoopServer> {
  const { certificate, key } = props.certificate;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    serve(request, response, props).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  props: ApiServerProps,
): Promise<void> {
  const { status, body } = isLoggedIn(request, props.token)
    ? await answerTo(request, props)
    : refusal(401, 'Unauthorized');
  // What is left of a body that was too large is not read.
  const connection = status === 413 ? { connection: 'close' } : {};
  response.writeHead(status, { 'content-type': 'application/json', ...connection }).end(body);
}

async function answerTo(request: IncomingMessage, props: ApiServerProps): Promise<HpaAnswer> {
  const { method = '', headers, url = '/' } = request;
  const { pathname, searchParams } = new URL(url, 'https://127.0.0.1');
  const body = await bodyOf(request);
  if (body === undefined) return refusal(413, `a body has at most ${MAX_BODY_BYTES} bytes`);
  if (pathname === LOADS_PATH && method === 'GET') return loadsFrom(searchParams.get('from'), props);
  if (pathname === FORECAST_PATH && method === 'PUT') return publish(body, props);
  const contentType = headers['content-type'];
  return props.store.answer({ method, path: pathname, query: searchParams, contentType, body });
}

function loadsFrom(from: string | null, { loads, platformMs }: ApiServerProps): HpaAnswer {
  const minute = Number(from ?? 0);
  if (!Number.isInteger(minute) || minute < 0)
    return refusal(400, `from must be a whole minute, got ${from}`);
  const samples = loads.between(minute, Math.floor(platformMs() / 60_000));
  return { status: 200, body: JSON.stringify({ samples }) };
}

function publish(body: string, { history }: ApiServerProps): HpaAnswer {
  const forecast = FORECAST.safeParse(jsonOf(body));
  if (!forecast.success) return refusal(422, z.prettifyError(forecast.error));
  history.publish(forecast.data);
  return { status: 200, body: '{}' };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Both are hashed, so that the comparison takes as long for every length. */
function isLoggedIn({ headers }: IncomingMessage, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(headers.authorization ?? ''), hash(`Bearer ${token}`));
}

/** undefined where it is too large */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop must not end the connection, which the answer needs.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
