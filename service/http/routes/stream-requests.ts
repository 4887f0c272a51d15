import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { FeedEvent, RequestFeed } from '../../requests/feed/request-feed';
import { projectScope } from '../../requests/project-scope';
import { ProblemError } from '../problem';
import { answers } from '../schemas';
import type { Server } from '../server-types';

export interface StreamRequestsProps {
  readonly feed: RequestFeed;
  /** Time between two comments that keep the connection open, seconds. */
  readonly pingSeconds: number;
  /** Is called with what ends a key's rights. @returns stops it */
  readonly onAccessChanged: (listener: (subject: string | null) => void) => void;
}

/** Most streams of a pod. */
const MOST_STREAMS = 200;

/** Bytes that may wait for a slow reader, who is then dropped. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** Longest stream, ms: clients connect again by themselves, and their key is checked again. */
const LONGEST_MS = 15 * 60_000;

/** Time after which a client connects again, ms. */
const RETRY_MS = 2000;

const DESCRIPTION = `Server-sent events. A \`request\` event has a request as the history shows it, with its id as the
event's id. The first event, \`open\`, says whether the requests of all servers come (\`all\`) or of one (\`one\`). A
\`dropped\` event counts requests that were left out because there were too many. Requests stored from the queue of
records are not among them. A stream ends after 15 minutes, and for a slow reader; \`Last-Event-ID\` is not replayed: read
what was missed from \`GET /api/v1/requests\`.`;

/** A stream that is open. */
interface OpenStream {
  readonly keyId: string;
  readonly projectId: string | null;
  readonly end: () => void;
}

/** Requests as they end. NGINX does not buffer this path. */
export function streamRequestsRoute(
  app: Server,
  { feed, pingSeconds, onAccessChanged }: StreamRequestsProps,
): void {
  const streams = new Set<OpenStream>();
  onAccessChanged((subject) => {
    for (const stream of streams) if (isAbout(subject, stream)) stream.end();
  });
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });
  app.get(
    '/api/stream/requests',
    {
      config: { access: { roles: ['read', 'admin'] } },
      schema: {
        operationId: 'streamRequests',
        tags: ['requests'],
        summary: 'Requests as they end, as server-sent events',
        description: DESCRIPTION,
        querystring: z.object({
          project: z.uuid().optional().describe('Project; keys of the organisation see all'),
        }),
        response: answers({ 200: z.string() }),
      },
    },
    (request, reply) => {
      const { principal, query } = request;
      const scope = projectScope(principal, query.project);
      if (streams.size >= MOST_STREAMS) throw tooMany();
      const raw = begin(reply);
      const write = (text: string) => {
        raw.write(text);
        if (raw.writableLength > MOST_WAITING_BYTES) raw.destroy();
      };
      write(`retry: ${RETRY_MS}\n${eventText('open', { servers: feed.hasOtherPods ? 'all' : 'one' })}`);
      const stop = feed.subscribe(scope, (event) => write(textOf(event)));
      const ping = setInterval(() => write(': ping\n\n'), pingSeconds * 1000);
      const longest = setTimeout(() => raw.end(), LONGEST_MS);
      const stream = { keyId: principal.keyId, projectId: principal.projectId, end: () => raw.end() };
      streams.add(stream);
      raw.once('close', () => {
        stop();
        clearInterval(ping);
        clearTimeout(longest);
        streams.delete(stream);
      });
    },
  );
}

/** Takes the answer from the server, which would compress and so delay it, and sends its headers. */
function begin(reply: FastifyReply): ServerResponse {
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  return reply.raw;
}

function textOf(event: FeedEvent): string {
  if (event.kind === 'dropped') return eventText('dropped', { count: event.count });
  return eventText('request', event.request, event.request.id);
}

function eventText(name: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function isAbout(subject: string | null, { keyId, projectId }: OpenStream): boolean {
  // Whoever may still read connects again.
  return subject === null || subject === `key:${keyId}` || subject === `project:${projectId}`;
}

function tooMany(): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'overloaded',
    detail: `This server has ${MOST_STREAMS} streams already. Try again after the time in Retry-After.`,
    retryAfterSeconds: 10,
  });
}
