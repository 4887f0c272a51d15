import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { Client } from 'pg';
import { isRunning } from '../../bin/cli/running-process';
import { type StartedPlatform, startCommand } from '../helpers/start-command';

/** Records of the demo. */
const RECORDS = 3000;

describe('npm start', () => {
  let platform: StartedPlatform;

  beforeAll(async () => {
    platform = await startCommand(['--records', String(RECORDS)]);
  });

  afterAll(() => platform.remove());

  test('prints one line that names everything, all of it on loopback', () => {
    const { api, admin, metrics, provider, database, cache, keys, pids } = platform.state;
    const addresses = [api, admin, metrics, provider, database, cache].filter((one) => one !== null);
    for (const address of addresses)
      expect(address).toMatch(/^(http|postgres|redis):\/\/(postgres:[^@/]+@)?127\.0\.0\.1:/);
    expect(new Set([keys.project, keys.other_project, keys.organisation_admin]).size).toBe(3);
    expect(pids.length).toBeGreaterThanOrEqual(5);
    expect(pids.every(isRunning)).toBe(true);
  });

  test('a client of PostgreSQL needs only the printed address, and finds the demo', async () => {
    const client = new Client({ connectionString: platform.state.database });
    await client.connect();
    try {
      const { rows } = await client.query('SELECT count(*)::int AS records FROM llm_requests');
      expect(rows).toEqual([{ records: RECORDS }]);
    } finally {
      await client.end();
    }
  });

  test("OpenAI's client is answered, and the second time from the cache", async () => {
    const { api, keys } = platform.state;
    const client = new OpenAI({ baseURL: `${api}/api/v1`, apiKey: keys.project, maxRetries: 0 });
    const ask = () =>
      client.chat.completions
        .create({ model: 'gpt-4o-mini', temperature: 0, messages: [{ role: 'user', content: 'Hello' }] })
        .withResponse();
    const first = await ask();
    const second = await ask();
    expect(first.data.choices[0]?.message.content).toBe(second.data.choices[0]?.message.content);
    expect([first, second].map(({ response }) => response.headers.get('x-cache'))).toEqual(['miss', 'hit']);
  });

  test("Anthropic's client reads a stream to its end", async () => {
    const { api, keys } = platform.state;
    const client = new Anthropic({ baseURL: `${api}/api`, apiKey: keys.other_project, maxRetries: 0 });
    const stream = client.messages.stream({
      model: 'claude-haiku-4-5',
      max_tokens: 32,
      messages: [{ role: 'user', content: 'Hello' }],
    });
    expect((await stream.finalMessage()).stop_reason).toBeTruthy();
  });

  test('a project sees the demo of its own, priced but for the model that nobody knows', async () => {
    const { api, keys } = platform.state;
    const to = new Date(Date.now() + 86_400_000).toISOString();
    const from = new Date(Date.now() - 32 * 86_400_000).toISOString();
    const models = async (key: string) => {
      const answer = await fetch(`${api}/api/v1/costs?from=${from}&to=${to}&group_by=model`, {
        headers: { authorization: `Bearer ${key}` },
      });
      const { data } = (await answer.json()) as { data: { model: string; unpriced_requests: number }[] };
      return data;
    };
    const own = await models(keys.project);
    const unpriced = own.filter(({ unpriced_requests }) => unpriced_requests > 0);
    expect(unpriced.map(({ model }) => model)).toEqual(['house-chat-7b']);
    expect(own.map(({ model }) => model)).toEqual(
      expect.arrayContaining(['gpt-5-mini', 'claude-sonnet-4-5', 'acme-chat-large']),
    );
    expect((await models(keys.other_project)).length).toBeGreaterThan(4);
  });

  test('the admin server knows the key of the organisation', async () => {
    const { admin, keys } = platform.state;
    const pods = async (key: string) =>
      (await fetch(`${admin}/api/admin/v1/pods`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect(await pods(keys.organisation_admin)).toBe(200);
    expect(await pods(keys.project)).toBe(403);
  });

  test('a second one in the same folder is refused, and names the first', async () => {
    await expect(startCommand([], platform.folder)).rejects.toThrow(/runs already \(process \d+\)/);
  });

  // The last one: the platform has ended after it.
  test('Ctrl-C ends every process', async () => {
    const { pids } = platform.state;
    expect(await platform.end('SIGINT')).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});
