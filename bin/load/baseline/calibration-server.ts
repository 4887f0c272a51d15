/** A bare HTTP route, whose speed stands for the machine's. Forked; sends its port, and its processor time on demand. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endWithParent } from '../../cli/command';

const BODY = JSON.stringify({ accepted: 1, duplicates: 0, rejected: [], ids: [] });

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  JSON.parse(Buffer.concat(chunks).toString());
  response.writeHead(201, { 'content-type': 'application/json' });
  response.end(BODY);
});

endWithParent();
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ processorMs: (user + system) / 1000 });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
