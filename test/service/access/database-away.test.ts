import { randomUUID } from 'node:crypto';
import type { AccessProps } from '../../../service/access/access-props';
import { Authenticator } from '../../../service/access/authenticator';
import { hashSecret, newKey } from '../../../service/access/key-token';
import { DatabaseUnavailableError } from '../../../service/database/database-errors';

const SECONDS = 1000;
const HOUR = 3600 * SECONDS;

/** An authenticator whose database says what the test wants, and the key that it knows. */
function authenticator() {
  const { secret } = newKey();
  const row = {
    ...{
      hash: hashSecret(secret),
      id: randomUUID(),
      project_id: randomUUID(),
      roles: ['gateway'],
      name: 'key',
    },
    ...{ requests_per_minute: null, tokens_per_minute: null, project_tokens_per_minute: null },
    ...{ allowed_models: null, project_allowed_models: null, answer_caching: 'default' },
    expires_at: null as Date | null,
  };
  const state = { time: 0, rows: [row], error: undefined as Error | undefined, questions: 0 };
  const query = async () => {
    state.questions += 1;
    if (state.error !== undefined) throw state.error;
    return { rows: state.rows };
  };
  const props = { database: { reads: { query }, writes: { query: async () => undefined } } };
  const made = new Authenticator({ ...props, now: () => new Date(state.time) } as unknown as AccessProps);
  return { state, row, ask: () => made.byKey(secret), forget: (subject: string) => made.forget(subject) };
}

const AWAY = new DatabaseUnavailableError('no connection in time');

describe('while the database is away, a key', () => {
  test('that was known is good for an hour, and the database is asked every 10 s', async () => {
    const { state, ask } = authenticator();
    await ask();
    state.error = AWAY;
    for (state.time = 11 * SECONDS; state.time < HOUR; state.time += 11 * SECONDS) {
      const before = state.questions;
      expect(await ask()).toMatchObject({ keyName: 'key' });
      expect(await ask()).toMatchObject({ keyName: 'key' });
      expect(state.questions).toBe(before + 1);
    }
    state.time = HOUR + 10 * SECONDS;
    await expect(ask()).rejects.toBe(AWAY);
  });

  test('that nobody has asked for before is not known', async () => {
    const { state, ask } = authenticator();
    state.error = AWAY;
    await expect(ask()).rejects.toBe(AWAY);
  });

  test('that was unknown, or is forgotten because it has changed, is not known either', async () => {
    const unknown = authenticator();
    const rows = unknown.state.rows.splice(0);
    expect(await unknown.ask()).toBeUndefined();
    Object.assign(unknown.state, { rows, error: AWAY, time: 11 * SECONDS });
    await expect(unknown.ask()).rejects.toBe(AWAY);

    const { state, row, ask, forget } = authenticator();
    await ask();
    Object.assign(state, { error: AWAY, time: 11 * SECONDS });
    const asking = ask();
    forget(`key:${row.id}`);
    await expect(asking).rejects.toBe(AWAY);
    await expect(ask()).rejects.toBe(AWAY);
  });

  test('ends at its own end', async () => {
    const { state, row, ask } = authenticator();
    row.expires_at = new Date(60 * SECONDS);
    await ask();
    Object.assign(state, { error: AWAY, time: 30 * SECONDS });
    expect(await ask()).toBeDefined();
    state.time = 61 * SECONDS;
    expect(await ask()).toBeUndefined();
  });

  test('that is revoked is refused within 10 s of its return', async () => {
    const { state, ask } = authenticator();
    await ask();
    Object.assign(state, { error: AWAY, time: 30 * SECONDS });
    await ask();
    Object.assign(state, { error: undefined, rows: [], time: 40 * SECONDS });
    expect(await ask()).toBeUndefined();
  });
});

test('an error of the statement itself is no reason to use a former answer', async () => {
  const { state, ask } = authenticator();
  await ask();
  const error = Object.assign(new Error('no such column'), { code: '42703' });
  Object.assign(state, { error, time: 11 * SECONDS });
  await expect(ask()).rejects.toBe(error);
});
