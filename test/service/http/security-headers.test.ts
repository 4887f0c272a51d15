import Fastify from 'fastify';
import { registerSecurityHeaders } from '../../../service/http/plugins/security-headers';
import type { Server } from '../../../service/http/server-types';

test('every answer keeps browsers from running, framing or guessing it, errors too', async () => {
  const app = Fastify();
  registerSecurityHeaders(app as unknown as Server);
  app.get('/', async () => 'text');
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  for (const path of ['/', '/unknown']) {
    const { headers } = await fetch(`${origin}${path}`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  }
  await app.close();
});
