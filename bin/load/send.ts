import autocannon, { type Client as Connection } from 'autocannon';
import type { Answer, PlannedRequest } from '../../test/load/client.ts';

/** An answer with the time that it took, ms. */
export interface TimedAnswer {
  readonly answer: Answer;
  readonly milliseconds: number;
}

/** How often autocannon looks whether it is done, ms. */
const SAMPLE_MS = 20;

interface Flight {
  readonly request: PlannedRequest;
  readonly chunks: Buffer[];
  headers: string[];
  result?: TimedAnswer;
}

/**
 * Sends requests at once, each on a connection of its own, through autocannon.
 *
 * autocannon alone is a closed model: a connection sends when it has its answer, so a slow server would get less load.
 * A run for each moment's requests, started whether the earlier ones are done or not, makes it an open one.
 * @param onAnswer called for each request as it ends
 * @returns when all of them have ended
 */
export function sendAll(
  origin: string,
  requests: readonly PlannedRequest[],
  onAnswer: (index: number, answer: TimedAnswer) => void,
): Promise<void> {
  const timeoutMs = Math.max(...requests.map((request) => request.timeoutMs));
  const flights = new Map<Connection, Flight>();
  const setupClient = (connection: Connection): void => {
    const index = flights.size;
    const flight: Flight = { request: requests[index] as PlannedRequest, chunks: [], headers: [] };
    flights.set(connection, flight);
    connection.setRequest(toAutocannon(flight.request));
    onEvent(connection, 'headers', ({ headers }: { headers: string[] }) => {
      flight.headers = headers;
    });
    if (flight.request.readsBody) onEvent(connection, 'body', (chunk: Buffer) => flight.chunks.push(chunk));
    onEvent(connection, 'timeout', () => {
      flight.result ??= { answer: { ...NOTHING, timedOut: true }, milliseconds: timeoutMs };
    });
    // A moment later: autocannon says that a connection is done before it says that it timed out. Without a result
    // until then the connection was refused or cut.
    onEvent(connection, 'done', () =>
      queueMicrotask(() => onAnswer(index, flight.result ?? { answer: NOTHING, milliseconds: 0 })),
    );
  };
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url: origin,
        connections: requests.length,
        amount: requests.length,
        timeout: timeoutMs / 1000,
        sampleInt: SAMPLE_MS,
        setupClient,
      },
      (error) => (error ? reject(error) : resolve()),
    );
    run.on('response', (connection, status, _bytes, milliseconds) => {
      const flight = flights.get(connection);
      if (flight !== undefined) flight.result ??= { answer: answerOf(flight, status), milliseconds };
    });
  });
}

const NOTHING: Answer = { status: 0, timedOut: false, body: '', headers: {} };

function answerOf({ chunks, headers }: Flight, status: number): Answer {
  return { status, timedOut: false, body: Buffer.concat(chunks).toString(), headers: pairs(headers) };
}

/** The types of autocannon know fewer events of a connection than its README. */
function onEvent<T>(connection: Connection, event: string, listener: (value: T) => void): void {
  (connection as unknown as NodeJS.EventEmitter).on(event, listener);
}

function toAutocannon({ entry, url, headers, body }: PlannedRequest): autocannon.Request {
  const { pathname, search } = new URL(url);
  return {
    method: entry.method,
    path: `${pathname}${search}`,
    headers: { ...headers },
    body: body ?? undefined,
  };
}

/** Headers by name in lower case, from the parser's list of names and values. */
function pairs(list: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < list.length; index += 2) {
    headers[String(list[index]).toLowerCase()] = String(list[index + 1]);
  }
  return headers;
}
