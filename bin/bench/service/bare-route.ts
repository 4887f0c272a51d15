/** A route that parses a record and stores nothing: what HTTP and JSON alone cost. Forked; sends its port. */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { endWithParent } from '../../cli/command';

const app = Fastify();
app.post('/api/v1/requests', async (request, reply) => {
  const { id } = request.body as { id: string };
  return reply.code(201).send({ accepted: 1, duplicates: 0, rejected: [], ids: [id] });
});

endWithParent();
app.listen({ port: 0, host: '127.0.0.1' }).then(() => {
  process.send?.((app.server.address() as AddressInfo).port);
});
