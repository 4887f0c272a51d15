import { LRUCache } from 'lru-cache';
import type { CallFormat } from './formats/call-format';
import { ReadBody } from './read-body';

/** Memory of all bodies that are remembered, bytes, estimated. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Longest body that is remembered, bytes: a longer one would push out many others. */
const MAX_BODY_BYTES = 16 * 1024;

/** Memory of a body for each of its bytes: itself, its name here, its objects, its prompt. */
const MEMORY_PER_BYTE = 8;

/** Memory of a body besides. */
const BODY_BYTES = 1000;

/**
 * Remembers the bodies of calls whose answers may be kept: the same bytes of the same project are read once, as long as
 * they come again and again. They hold prompts, so an erasure has to clear them.
 */
export class KnownBodies {
  private readonly bodies: LRUCache<string, ReadBody>;

  /** @param maxBytes memory of all bodies, bytes, estimated. @default 8 MiB */
  constructor(maxBytes = MAX_BYTES) {
    this.bodies = new LRUCache({ maxSize: maxBytes });
  }

  /** Bodies that are remembered. */
  get size(): number {
    return this.bodies.size;
  }

  /**
   * Reads a body, or finds it.
   * @param project of the caller: nobody can learn from the time of an answer what another project has asked
   * @throws InvalidCallError where it is no JSON object
   */
  read(format: CallFormat, project: string, bytes: Buffer): ReadBody {
    return this.bodies.get(nameOf(format, project, bytes)) ?? new ReadBody(format, bytes);
  }

  /** Forgets all bodies: one of them may be a user's who is erased. */
  clear(): void {
    this.bodies.clear();
  }

  /** Remembers a body that may come again. */
  remember(format: CallFormat, project: string, body: ReadBody): void {
    const { length } = body.bytes;
    if (length > MAX_BODY_BYTES) return;
    const name = nameOf(format, project, body.bytes as Buffer);
    if (this.bodies.peek(name) === body) return;
    body.leaveSocketBuffer();
    this.bodies.set(name, body, { size: BODY_BYTES + length * MEMORY_PER_BYTE });
  }
}

/** The whole body is the name, a character for each byte: other bytes are another name. */
function nameOf({ path }: CallFormat, project: string, bytes: Buffer): string {
  if (bytes.length > MAX_BODY_BYTES) return '';
  return `${path} ${project} ${bytes.toString('latin1')}`;
}
