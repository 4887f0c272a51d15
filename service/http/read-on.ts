import type { FastifyReply, FastifyRequest } from 'fastify';

/** Most bytes that are read of a body that was refused; several times the largest body of any route. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Reads the rest of a refused body and drops it. Fastify would close the connection under the sender's hands, and many
 * clients then report a broken connection in place of the answer. The server's own time for a request bounds how long
 * this takes; a sender of more than 256 MiB is cut.
 */
export function readOn({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete) return;
  reply.removeHeader('connection');
  let left = MOST_BYTES;
  raw.unpipe();
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) raw.destroy();
  });
  raw.resume();
}
