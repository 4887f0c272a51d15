import { Authenticator } from '../../../service/access/authenticator';
import { hashSecret, newKey } from '../../../service/access/key-token';
import { LookUpTurns, TooManyLookUpsError } from '../../../service/access/look-up-turns';
import type { Database } from '../../../service/database/pools';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('look-ups of unknown keys', () => {
  test('take turns in their order, and are refused where too many wait', async () => {
    const turns = new LookUpTurns({ mostUnderWay: 1, mostWaiting: 1 });
    const order: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = turns.run(() => held.then(() => order.push('first')));
    const second = turns.run(async () => order.push('second'));
    await expect(turns.run(async () => order.push('third'))).rejects.toThrow(TooManyLookUpsError);
    release();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect(await turns.run(async () => 'free')).toBe('free');
  });

  test('give their turn back where they fail, and let those that wait fail at once', async () => {
    const turns = new LookUpTurns({ mostUnderWay: 1, mostWaiting: 1 });
    const failing = turns.run(() => turn().then(() => Promise.reject(new Error('down'))));
    const waiting = turns.run(async () => 'never');
    await expect(failing).rejects.toThrow('down');
    await expect(waiting).rejects.toThrow('down');
    expect(await turns.run(async () => 'free')).toBe('free');
  });

  test('leave connections to keys that were valid before', async () => {
    let time = new Date('2026-11-15T12:30:00Z');
    const asked: string[] = [];
    const known = newKey().secret;
    let isHanging = false;
    const query = async (_name: string, _text: string, [hash]: readonly [Buffer]) => {
      asked.push(hash.toString('base64'));
      const isKnown = hash.equals(hashSecret(known));
      if (isHanging && !isKnown) await new Promise(() => undefined);
      const row = {
        hash,
        id: 'id',
        project_id: null,
        roles: [],
        name: 'known',
        tokens_per_minute: null,
        project_tokens_per_minute: null,
        allowed_models: null,
        project_allowed_models: null,
        requests_per_minute: null,
        expires_at: null,
      };
      return { rows: isKnown ? [row] : [] };
    };
    const pool = { query } as never;
    const database = { reads: pool, writes: { query: async () => ({ rows: [] }) } } as unknown as Database;
    const authenticator = new Authenticator({ database, now: () => time });
    expect(await authenticator.byKey(known)).toBeDefined();
    isHanging = true;
    const guesses = Array.from({ length: 300 }, () => authenticator.byKey(newKey().secret));
    const refused = Promise.allSettled(guesses.slice(204));
    await turn();
    expect(asked).toHaveLength(1 + 4);
    expect((await refused).every((one) => one.status === 'rejected')).toBe(true);
    time = new Date(time.getTime() + 11_000);
    expect(await authenticator.byKey(known)).toBeDefined();
  });
});
