import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from '../../k8s/scripts/self-signed-certificate';

describe('a self-signed certificate', () => {
  const { certificate, key } = selfSignedCertificate('local');

  test('is an authority that has signed itself, for loopback', () => {
    const read = new X509Certificate(certificate);
    expect(read).toMatchObject({
      ...{ subject: 'CN=local', issuer: 'CN=local', ca: true },
      subjectAltName: 'DNS:localhost, IP Address:127.0.0.1',
    });
    expect(read.verify(read.publicKey)).toBe(true);
  });

  test.each<[string, authority: string, outcome: number | string]>([
    ['is trusted by a client that has it', certificate, 200],
    [
      'is not trusted by a client that has another one of the same name',
      selfSignedCertificate('local').certificate,
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
  ])('%s', async (_, authority, outcome) => {
    const server = createServer({ cert: certificate, key }, (_request, response) => response.end());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const answered = await new Promise<number | string>((resolve) => {
      request({ host: '127.0.0.1', port, ca: authority, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
        .end();
    });
    server.close();
    expect(answered).toBe(outcome);
  });
});
