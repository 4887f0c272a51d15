import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/**
 * Binary format of a stored state: magic (4 bytes), format (2), length of the state (4, both big-endian), SHA-256 of
 * the state (32), and the state, compressed with gzip. Everything is checked before the state is used.
 */
const MAGIC = Buffer.from('LCPS');

/** Version of the envelope; the state inside has its own version. */
const FORMAT = 1;

const HEADER_BYTES = 42;

/** Largest state, bytes. A state has some hundred thousand; more would not fit into the function's memory twice. */
const MAX_STATE_BYTES = 32 * 1024 * 1024;

/** Packs a state for storage. @throws {RangeError} where it is too large */
export function seal(state: Uint8Array): Buffer {
  if (state.length > MAX_STATE_BYTES) {
    throw new RangeError(`a state must have at most ${MAX_STATE_BYTES} bytes, got ${state.length}`);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt16BE(FORMAT, 4);
  header.writeUInt32BE(state.length, 6);
  sha256(state).copy(header, 10);
  return Buffer.concat([header, gzipSync(state)]);
}

/** Unpacks a stored state. @returns the state, or the reason why it cannot be used */
export function open(sealed: Buffer): { readonly state: Buffer } | { readonly reason: string } {
  if (sealed.length < HEADER_BYTES || !sealed.subarray(0, 4).equals(MAGIC)) {
    return { reason: 'not a state of the scaler' };
  }
  const format = sealed.readUInt16BE(4);
  if (format !== FORMAT) return { reason: `a state of format ${format}, not ${FORMAT}` };
  const length = sealed.readUInt32BE(6);
  if (length > MAX_STATE_BYTES) return { reason: `a state of ${length} bytes, more than ${MAX_STATE_BYTES}` };
  const state = unzip(sealed.subarray(HEADER_BYTES), length);
  if (state?.length !== length) return { reason: 'a truncated state' };
  if (!sha256(state).equals(sealed.subarray(10, HEADER_BYTES))) {
    return { reason: 'a state with a wrong checksum' };
  }
  return { state };
}

function unzip(zipped: Buffer, length: number): Buffer | undefined {
  try {
    // zlib requires at least one byte.
    return gunzipSync(zipped, { maxOutputLength: Math.max(1, length) });
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
