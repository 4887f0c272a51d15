import { IamTokens, SecretPassword } from '../../../service/database/login';

describe('a password in a secret', () => {
  function rotatedSecret() {
    let time = 0;
    let reads = 0;
    const source = new SecretPassword(
      async () => {
        reads += 1;
        return { username: 'service', password: `password ${reads}` };
      },
      () => new Date(time),
    );
    return { source, advance: (milliseconds: number) => (time += milliseconds), reads: () => reads };
  }

  test('is read once', async () => {
    const { source, reads } = rotatedSecret();
    await Promise.all([source.current(), source.current()]);
    expect(await source.current()).toBe('password 1');
    expect(reads()).toBe(1);
  });

  test('is read again after a refusal', async () => {
    const { source, advance } = rotatedSecret();
    await source.current();
    advance(60_000);
    expect(source.refused()).toBe(true);
    expect(await source.current()).toBe('password 2');
  });

  test('is not read more than every 5 s, however often it is refused', async () => {
    const { source, advance, reads } = rotatedSecret();
    await source.current();
    advance(4999);
    expect(source.refused()).toBe(false);
    expect(await source.current()).toBe('password 1');
    expect(reads()).toBe(1);
  });

  test('is read again after a read that failed', async () => {
    let fails = true;
    const source = new SecretPassword(
      async () => {
        if (fails) throw new Error('throttled');
        return { username: 'service', password: 'words' };
      },
      () => new Date(0),
    );
    await expect(source.current()).rejects.toThrow('throttled');
    fails = false;
    expect(await source.current()).toBe('words');
  });
});

test('an IAM token is signed for each log-in, for the host and with the credentials of that moment', async () => {
  let time = Date.parse('2026-11-27T12:00:00Z');
  let key = 'AKIDFIRST';
  const tokens = new IamTokens(
    { port: 5432, user: 'llm_cost_ops_writer', region: 'us-east-1' },
    async () => ({ accessKeyId: key, secretAccessKey: 'secret' }),
    () => new Date(time),
  );
  const first = await tokens.current('proxy.example');
  time += 3_600_000;
  key = 'AKIDSECOND';
  const second = await tokens.current('replica.example');
  expect(first).toMatch(/^proxy\.example:5432\/\?.*DBUser=llm_cost_ops_writer/);
  expect(first).toMatch(/AKIDFIRST.*20261127T120000Z/);
  expect(second).toMatch(/^replica\.example:5432\/\?.*AKIDSECOND.*20261127T130000Z/);
  expect(tokens.refused()).toBe(false);
});
