/** Most bytes of a status line with headers, as Node's own server and client have it. */
const MOST_HEAD_BYTES = 16_384;

const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/** What the reader waits for. */
type Part = 'head' | 'fixed' | 'chunk-size' | 'chunk' | 'trailers' | 'rest' | 'done';

/** An answer that is no HTTP/1.1. */
export class ResponseError extends Error {
  override readonly name = 'ResponseError';
}

/**
 * Reads the answers of one HTTP/1.1 connection (RFC 9112), one after the other. It is written for a load generator: it
 * costs some microseconds an answer, where node:http takes a tenth of a millisecond, and it keeps a body only on demand.
 */
export class ResponseReader {
  status = 0;
  /** By their names in lower case; the last one counts where a name comes twice. */
  headers: Record<string, string> = {};
  private part: Part = 'done';
  private readsBody = false;
  private body: Buffer[] = [];
  /** Bytes that are not used yet: the begin of a head or of a line. */
  private pending: Buffer = NOTHING;
  /** Bytes of the body, or of the chunk with its line end, that are still to come. */
  private left = 0;

  /** Whether an answer has begun and is not complete. */
  get hasBegun(): boolean {
    return this.part !== 'head' || this.pending.length > 0;
  }

  /** Whether the connection may be used again after this answer. */
  get isReusable(): boolean {
    return this.part === 'done' && !/\bclose\b/i.test(this.headers['connection'] ?? '');
  }

  get text(): string {
    return Buffer.concat(this.body).toString();
  }

  /** Gets ready for the next answer. @param readsBody whether its body is kept, as `text` */
  begin(readsBody: boolean): void {
    this.part = 'head';
    this.readsBody = readsBody;
    this.body = [];
    this.pending = NOTHING;
  }

  /**
   * @param bytes only valid during the call: what is kept is copied
   * @returns whether the answer is complete
   * @throws ResponseError
   */
  push(bytes: Buffer): boolean {
    let rest = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    this.pending = NOTHING;
    for (;;) {
      if (this.part === 'done') {
        if (rest.length > 0) throw new ResponseError('bytes after the answer');
        return true;
      }
      const used = this.read(rest);
      if (used < 0) {
        if (rest.length > MOST_HEAD_BYTES) throw new ResponseError('headers or chunk line too long');
        this.pending = Buffer.from(rest);
        return false;
      }
      rest = rest.subarray(used);
      if (rest.length === 0) return (this.part as Part) === 'done';
    }
  }

  /** The connection has ended. @returns whether that completes the answer */
  end(): boolean {
    if (this.part === 'rest') this.part = 'done';
    // Its length was the connection's, which cannot be used again.
    this.headers['connection'] = 'close';
    return this.part === 'done';
  }

  /** Reads one part. @returns bytes that were used; -1 where more are needed */
  private read(bytes: Buffer): number {
    switch (this.part) {
      case 'head':
        return this.readHead(bytes);
      case 'chunk-size':
      case 'trailers':
        return this.readLine(bytes);
      case 'fixed':
        return this.readBytes(bytes, 0, 'done');
      case 'chunk':
        return this.readBytes(bytes, 2, 'chunk-size');
      default:
        this.keep(bytes);
        return bytes.length;
    }
  }

  private readHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return -1;
    const head = bytes.toString('latin1', 0, end + 2);
    const status = Number(head.slice(9, 12));
    if (!head.startsWith('HTTP/1.1 ') || !(status >= 100))
      throw new ResponseError('no status line of HTTP/1.1');
    // An interim answer such as 100: the real one follows.
    if (status >= 200) this.takeHead(status, head);
    return end + HEAD_END.length;
  }

  private takeHead(status: number, head: string): void {
    this.status = status;
    this.headers = headersOf(head);
    const { 'content-length': length, 'transfer-encoding': coding } = this.headers;
    if (status === 204 || status === 304) this.part = 'done';
    else if (coding !== undefined) this.part = 'chunk-size';
    else if (length !== undefined) this.expect(Number(length), 'fixed', 'done');
    else this.part = 'rest';
  }

  private expect(count: number, part: Part, none: Part): void {
    if (!(Number.isSafeInteger(count) && count >= 0)) throw new ResponseError('no length of a body');
    this.left = count;
    this.part = count === 0 ? none : part;
  }

  /** The line with a chunk's size, or one of the trailers: an empty one ends them. */
  private readLine(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n', 0, 'latin1');
    if (end < 0) return -1;
    if (this.part === 'trailers') {
      if (end === 0) this.part = 'done';
      return end + 2;
    }
    const [, size] = /^([\da-f]{1,8})\s*(?:;|$)/i.exec(bytes.toString('latin1', 0, end)) ?? [];
    this.expect(Number.parseInt(size ?? '', 16), 'chunk', 'trailers');
    if (this.part === 'chunk') this.left += 2;
    return end + 2;
  }

  /** @param lineEnd bytes at the end that are no content */
  private readBytes(bytes: Buffer, lineEnd: number, next: Part): number {
    const used = Math.min(this.left, bytes.length);
    const content = Math.min(used, this.left - lineEnd);
    if (content > 0) this.keep(bytes.subarray(0, content));
    this.left -= used;
    if (this.left === 0) this.part = next;
    return used;
  }

  private keep(bytes: Buffer): void {
    if (this.readsBody) this.body.push(Buffer.from(bytes));
  }
}

/** @param head status line and headers, each with its line end */
function headersOf(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let from = head.indexOf('\r\n') + 2; from < head.length; ) {
    const end = head.indexOf('\r\n', from);
    const colon = head.indexOf(':', from);
    if (colon > from && colon < end) {
      headers[head.slice(from, colon).toLowerCase()] = head.slice(colon + 1, end).trim();
    }
    from = end + 2;
  }
  return headers;
}
