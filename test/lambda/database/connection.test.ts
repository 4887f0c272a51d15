import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requiredInteger } from '../../../lambda/database/connection/environment';
import { rdsLogin } from '../../../lambda/database/connection/rds';
import { scramVerifier } from '../../../lambda/database/connection/scram-verifier';
import { DATABASE_METRICS } from '../../../lambda/database/constants';
import { metricsLine } from '../../../lambda/database/metrics';
import { iamToken } from '../../../service/database/iam-token';
import { readUserSecret } from '../../../service/database/user-secret';

const NOW = new Date('2026-11-24T12:00:00Z');

test('an IAM token is the one that @aws-sdk/rds-signer 3.1175.0 makes', async () => {
  const token = await iamToken(
    {
      host: 'db.example.com',
      port: 5432,
      user: 'llm_cost_ops_api',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' },
    },
    NOW,
  );
  expect(token).toBe(
    'db.example.com:5432/?Action=connect&DBUser=llm_cost_ops_api&X-Amz-Security-Token=token&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261124%2Feu-west-1%2Frds-db%2Faws4_request&X-Amz-Date=20261124T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=0274992f31001e9bed96079017ba8144127d7c353e0fe0967d082613b2d9b036',
  );
});

test('a password verifier is the one of RFC 7677, section 3', () => {
  // Its server key follows from the server signature there.
  const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
  expect(verifier).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

describe('settings of a function', () => {
  const environment = {
    DATABASE_HOST: 'db.example.com',
    DATABASE_PORT: '5432',
    DATABASE_NAME: 'llm_cost_ops',
    DATABASE_USER: 'llm_cost_ops_rollup',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  };

  test('come from its environment, with a certificate of RDS', async () => {
    const { password, tls, ...login } = rdsLogin(environment, () => NOW);
    expect(login).toEqual({
      host: 'db.example.com',
      port: 5432,
      database: 'llm_cost_ops',
      user: 'llm_cost_ops_rollup',
    });
    expect(tls).toMatchObject({ rejectUnauthorized: true, ca: expect.any(Array) });
    expect(await password?.()).toContain('DBUser=llm_cost_ops_rollup');
  });

  test('fail by name where one is missing or wrong', () => {
    expect(() => rdsLogin({ ...environment, DATABASE_HOST: undefined }, () => NOW)).toThrow(
      'environment variable DATABASE_HOST must be set: deploy the Data stack again',
    );
    expect(() => requiredInteger({ MONTHS: '1.5' }, 'MONTHS', 1, 120)).toThrow(
      'environment variable MONTHS must be a whole number from 1 to 120, got 1.5',
    );
  });
});

test('metrics are a line of embedded metric format', () => {
  const line = metricsLine(
    { [DATABASE_METRICS.refreshMilliseconds]: 1200, [DATABASE_METRICS.refreshed]: 1 },
    'prod',
    NOW,
  );
  expect(JSON.parse(line)).toEqual({
    _aws: {
      Timestamp: NOW.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: 'LlmCostOps/Database',
          Dimensions: [['Environment']],
          Metrics: [
            { Name: 'RollupRefreshDuration', Unit: 'Milliseconds' },
            { Name: 'RollupRefreshed', Unit: 'Count' },
          ],
        },
      ],
    },
    Environment: 'prod',
    RollupRefreshDuration: 1200,
    RollupRefreshed: 1,
  });
});

describe('the secret of a user', () => {
  const ARN = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:master-abc';

  /** Reads from a Secrets Manager that answers with these. */
  async function read(...answers: { status: number; body: object }[]) {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        const { status, body } = answers.shift() ?? { status: 500, body: {} };
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
          .end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await readUserSecret(ARN, {
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: 'eu-west-1',
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
        retries: { baseDelayMs: 1 },
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }
  const answer = (secret: string) => ({ status: 200, body: { ARN, SecretString: secret } });

  test('is read, after a failure of the other side too', async () => {
    const secret = JSON.stringify({ username: 'postgres', password: 'words', engine: 'postgres' });
    expect(await read({ status: 500, body: {} }, answer(secret))).toEqual({
      username: 'postgres',
      password: 'words',
    });
  });

  test('fails without showing it where it is none', async () => {
    const failure = await read(answer('not JSON but secret')).catch((error: Error) => error);
    expect(String(failure)).toBe(`Error: secret ${ARN} must be JSON with username and password`);
  });

  test('fails where it may not be read', async () => {
    await expect(
      read({ status: 400, body: { __type: 'AccessDeniedException', message: 'not yours' } }),
    ).rejects.toThrow(`GetSecretValue of ${ARN}: AccessDeniedException: not yours`);
  });
});
