import { cacheToken } from '../../../service/cache/iam-token';
import { refusal } from './token-checker';

const NOW = new Date('2026-11-27T12:00:00Z');
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/with+signs' };
const REQUEST = { cacheName: 'LLM-Cost-Ops-dev', user: 'llm-cost-ops-dev-api', region: 'eu-west-1' };
const CHECK = {
  host: 'llm-cost-ops-dev',
  user: REQUEST.user,
  region: REQUEST.region,
  secrets: { AKIDEXAMPLE: CREDENTIALS.secretAccessKey },
  now: NOW,
};

describe('an IAM token of the cache', () => {
  const check = async (changes: Partial<Parameters<typeof refusal>[0]> = {}) =>
    refusal({ ...CHECK, token: await cacheToken({ ...REQUEST, credentials: CREDENTIALS }, NOW), ...changes });

  test('is signed for the lower-case name of the replication group', async () => {
    expect(await check()).toBeUndefined();
  });

  test('is signed with temporary credentials too', async () => {
    const credentials = { ...CREDENTIALS, sessionToken: 'session/token==' };
    const token = await cacheToken({ ...REQUEST, credentials }, NOW);
    expect(refusal({ ...CHECK, token })).toBeUndefined();
    expect(new URL(`https://${token}`).searchParams.get('X-Amz-Security-Token')).toBe('session/token==');
  });

  test.each([
    ['another cache', { host: 'llm-cost-ops-prod' }, 'the token is for llm-cost-ops-dev'],
    ['another user', { user: 'somebody' }, 'the token is for llm-cost-ops-dev-api'],
    ['another region', { region: 'us-east-1' }, 'the scope is eu-west-1/elasticache/aws4_request'],
    ['another secret', { secrets: { AKIDEXAMPLE: 'guessed' } }, 'the signature is wrong'],
    ['15 minutes later', { now: new Date(NOW.getTime() + 900_000) }, 'the token is 900000 ms old'],
  ])('is refused for %s', async (_what, change, reason) => {
    expect(await check(change)).toBe(reason);
  });
});
