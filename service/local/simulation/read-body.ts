import type { IncomingMessage } from 'node:http';
import type { Body } from './output-plan';

/** Largest body, bytes: twice what the gateway takes. */
const MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * Reads a request's body and hands it over in the turn in which it ends, without a promise: at tens of thousands of
 * calls a second promises count.
 * @param done gets the object, or null where the body is too large or no JSON object
 */
export function readBody(request: IncomingMessage, done: (body: Body | null) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
  });
  request.on('end', () => {
    const [first] = chunks;
    const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    done(size > MAX_BYTES ? null : parsed(bytes));
  });
}

function parsed(bytes: Buffer): Body | null {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : null;
  } catch {
    return null;
  }
}
