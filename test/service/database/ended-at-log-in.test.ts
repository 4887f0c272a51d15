import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { DatabaseUnavailableError } from '../../../service/database/database-errors';
import { openTestDatabase } from './pool-settings';

/** A message of PostgreSQL's protocol. Source: postgresql.org/docs/17/protocol-message-formats.html */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const LOGGED_IN = message('R', Buffer.from([0, 0, 0, 0]));
const READY = message('Z', Buffer.from('I'));
const TERMINATED = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
);

test('a connection that the server ends in the moment of its log-in fails its statement, and not the process', async () => {
  // The end comes with the log-in, as from an administrator who ends all connections while the client is busy.
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([LOGGED_IN, READY, TERMINATED])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { database } = openTestDatabase({
    ...{ hosts: ['127.0.0.1'], port, database: 'any', user: 'any', tls: false },
    password: undefined,
  });
  try {
    for (let count = 1; count <= 3; count += 1) {
      await expect(database.reads.query('one', 'SELECT 1')).rejects.toThrow(DatabaseUnavailableError);
    }
  } finally {
    await database.close();
    server.close();
  }
});
