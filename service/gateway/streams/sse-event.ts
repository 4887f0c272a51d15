/** One event of a stream of server-sent events, or what stands between events: comments and blank lines. */
export interface SseEvent {
  /**
   * The exact bytes of the event with its blank line, as they came in. All events of a stream, one after another, are
   * the stream.
   */
  readonly bytes: Uint8Array;
  /** Value of the `event:` field; empty where the event has none. */
  readonly event: string;
  /**
   * The `data:` lines, joined by line feeds. Undefined where there are none: a comment, such as a ping of some
   * servers, is passed on and means nothing.
   */
  readonly data: string | undefined;
}
