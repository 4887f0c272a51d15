import autocannon, { type Client as Connection } from 'autocannon';
import type { Answer, PlannedRequest } from '../../test/load/client.ts';

/** An answer with its time. */
export interface TimedAnswer {
  /** What the server answered; status 0 where nothing came. */
  readonly answer: Answer;
  /** From the request to the end of the answer, ms; 0 for a connection that was refused or cut. */
  readonly milliseconds: number;
}

/**
 * Sends requests at once.
 * @param onAnswer called for each request, by its index, when it is answered, has failed or has timed out
 * @returns when all of them have ended
 */
export type SendRequests = (
  requests: readonly PlannedRequest[],
  onAnswer: (index: number, answer: TimedAnswer) => void,
) => Promise<void>;

/** How often autocannon checks whether it is done, ms. */
const SAMPLE_MS = 20;

/** Factor on our timeouts that autocannon's own timeout is set to. */
const SPARE = 2;

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
 *
 * Requests are timed out here. When autocannon's own timer fires, it computes the time that is left of it, which is
 * negative as soon as it fires a millisecond late, and Node warns about the timer of -1 ms that it then sets.
 * @param onAnswer called for each request as it ends
 * @returns when all of them have ended
 */
export function sendAll(
  origin: string,
  requests: readonly PlannedRequest[],
  onAnswer: (index: number, answer: TimedAnswer) => void,
): Promise<void> {
  const flights = new Map<Connection, Flight>();
  const setupClient = (connection: Connection): void => {
    const index = flights.size;
    const flight: Flight = { request: requests[index] as PlannedRequest, chunks: [], headers: [] };
    flights.set(connection, flight);
    prepare(connection, flight, (answer) => onAnswer(index, answer));
  };
  const longestMs = Math.max(...requests.map(({ timeoutMs }) => timeoutMs));
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url: origin,
        connections: requests.length,
        amount: requests.length,
        timeout: (SPARE * longestMs) / 1000,
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

/** Sets the request of a connection and its timeout. */
function prepare(connection: Connection, flight: Flight, onEnd: (answer: TimedAnswer) => void): void {
  const { request } = flight;
  connection.setRequest(toAutocannon(request));
  const timer = setTimeout(() => {
    flight.result ??= { answer: { ...NOTHING, timedOut: true }, milliseconds: request.timeoutMs };
    destroy(connection);
  }, request.timeoutMs);
  onEvent(connection, 'headers', ({ headers }: { headers: string[] }) => {
    flight.headers = headers;
  });
  if (request.readsBody) onEvent(connection, 'body', (chunk: Buffer) => flight.chunks.push(chunk));
  onEvent(connection, 'done', () => {
    clearTimeout(timer);
    // Without a result the connection was refused or cut.
    onEnd(flight.result ?? { answer: NOTHING, milliseconds: 0 });
  });
}

const NOTHING: Answer = { status: 0, timedOut: false, body: '', headers: {} };

function answerOf({ chunks, headers }: Flight, status: number): Answer {
  return { status, timedOut: false, body: Buffer.concat(chunks).toString(), headers: pairs(headers) };
}

/** The types of autocannon lack some events of a connection that its README lists. */
function onEvent<T>(connection: Connection, event: string, listener: (value: T) => void): void {
  (connection as unknown as NodeJS.EventEmitter).on(event, listener);
}

/** Ends a connection, which reports that it is done. Its type lacks the method. */
function destroy(connection: Connection): void {
  (connection as unknown as { destroy(): void }).destroy();
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
