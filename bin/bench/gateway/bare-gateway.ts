/**
 * A route that passes calls on and does nothing else: what Fastify and undici alone cost. Forked; gets the provider's address and
 * sends its port.
 */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { Pool } from 'undici';
import { endWithParent } from '../../cli/command';

let pool: Pool;
const app = Fastify();

app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
  done(null, body),
);
app.post('/v1/chat/completions', async (request, reply) => {
  const { statusCode, headers, body } = await pool.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: request.body as Buffer,
  });
  return reply.code(statusCode).header('content-type', headers['content-type']).send(body);
});
app.post('/kept', async (_request, reply) => reply.type('application/json').send('{"kept":true}'));

endWithParent();
process.once('message', (provider: string) => {
  pool = new Pool(provider, { connections: 256, pipelining: 1 });
});
app.listen({ port: 0, host: '127.0.0.1' }).then(() => {
  process.send?.((app.server.address() as AddressInfo).port);
});
