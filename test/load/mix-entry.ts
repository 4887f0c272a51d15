/**
 * One kind of request in the mix. In `path` and `body`, `{user}` becomes a user of the test, `{popular}` the
 * number of a prompt that others ask too, `{now}` the time, and `{today}`, `{tomorrow}` and `{week_ago}` the begin of a
 * day in UTC.
 */
export interface MixEntry {
  /** Name in tags and checks. */
  readonly name: string;
  /** Share in the mix, relative to the others. */
  readonly weight: number;
  /** GET, or what writes and is sent with WRITES=true only. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The status of a right answer. */
  readonly status: number;
  /** Whether an LLM provider has to answer first: such requests have objectives of their own. @default 'api' */
  readonly kind?: 'api' | 'llm';
  /** Field of the answer with the cursor of the next page, which the next request asks for as `cursor`. */
  readonly cursor?: string;
}
