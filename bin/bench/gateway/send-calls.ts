import autocannon from 'autocannon';

/** Where calls are sent, and how they are told apart. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a load shows. */
export interface LoadFigures {
  /** Answers a second. */
  readonly rate: number;
  /** Time of a call, ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and calls without an answer. */
  readonly errors: number;
}

/** Sends one body again and again. */
export async function sendCalls(
  { url, headers }: Target,
  load: { readonly body: string; readonly connections: number; readonly seconds: number },
): Promise<LoadFigures> {
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: load.body,
    connections: load.connections,
    duration: load.seconds,
    timeout: 30,
  });
  return {
    rate: result.requests.average,
    // autocannon counts whole milliseconds; single calls are timed by `timeCalls`.
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    errors: result.errors + result.non2xx,
  };
}
