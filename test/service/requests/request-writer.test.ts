import fc from 'fast-check';
import type { Principal } from '../../../service/access/principal';
import { arrayLiteral } from '../../../service/database/array-literal';
import type { PriceQuestion } from '../../../service/prices/price-usage';
import { readNdjson } from '../../../service/requests/record/read-records';
import { newRecordId } from '../../../service/requests/record/record-id';
import { RequestWriter } from '../../../service/requests/write/request-writer';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { type Ledger, NOW, ORGANISATION, openLedger, PRICES } from './ledger';

const AT = '2026-11-15T10:20:30.123Z';

/** A record that is stored. */
const RECORD = {
  user: 'ada',
  provider: 'acme',
  model: 'large',
  status: 'completed',
  latency_ms: 812,
  prompt: 'Say hello',
  tokens: { input: 100, cached_input: 40, output: 10, reasoning: 4 },
  tags: { team: 'search' },
};

/** Arrays in arrays. */
function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

describeWithServers('the writer of requests', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let ledger: Ledger;
  let writer: RequestWriter;
  let project: Principal & { readonly projectId: string };

  beforeAll(async () => {
    server = await TestServer.start();
    ledger = await openLedger(server);
    writer = new RequestWriter({ database: ledger.database, prices: () => PRICES, now: () => NOW });
  });
  beforeEach(async () => {
    project = await ledger.project();
  });
  afterAll(async () => {
    await writer?.close();
    await ledger?.close();
    await server?.remove();
  });

  const stored = () =>
    ledger.rows('SELECT * FROM llm_requests WHERE project_id = $1 ORDER BY id', [project.projectId]);
  const refused = () =>
    ledger.rows('SELECT code, record FROM rejected_requests WHERE project_id = $1 ORDER BY id', [
      project.projectId,
    ]);

  test('stores a record with its tokens, its exact cost and its tags', async () => {
    const result = await writer.write(project, [{ ...RECORD, timestamp: AT }]);
    expect(result).toMatchObject({ accepted: 1, duplicates: 0, rejected: [] });
    const [row] = await stored();
    expect(row).toMatchObject({
      id: result.ids[0],
      user_id: 'ada',
      timestamp: new Date(AT),
      prompt: 'Say hello',
      ...{ input_tokens: 100, cached_input_tokens: 40, output_tokens: 10, reasoning_tokens: 4 },
      ...{ cost: '0.0001200000', list_cost: '0.0001200000', saved_cost: '0.0000000000' },
      ...{ pricing: 'priced', usage_source: 'reported', latency_ms: 812, tags: { team: 'search' } },
    });
  });

  test('writes arrays that PostgreSQL reads as they were (property)', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((one) => one.replaceAll('\0', '')),
      fc.constantFrom('', 'NULL', 'null', '{}', '{a,"b"}', '\\', '"', '\\"', ' ', ',', "'", '\n\t', 'ä€😀'),
    );
    const row = fc.record({
      text: fc.option(text),
      whole: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      truth: fc.option(fc.boolean()),
      bytes: fc.option(fc.uint8Array({ maxLength: 40 }).map((one) => Buffer.from(one))),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 6 }), async (rows) => {
        const [read] = await ledger.rows(
          'SELECT $1::text[] AS text, $2::integer[] AS whole, $3::boolean[] AS truth, $4::bytea[] AS bytes',
          [
            arrayLiteral(rows, (one) => one.text),
            arrayLiteral(rows, (one) => one.whole),
            arrayLiteral(rows, (one) => one.truth),
            arrayLiteral(rows, (one) => one.bytes),
          ],
        );
        expect(read).toEqual({
          text: rows.map((one) => one.text),
          whole: rows.map((one) => one.whole),
          truth: rows.map((one) => one.truth),
          bytes: rows.map((one) => one.bytes),
        });
      }),
      { numRuns: 100 },
    );
  });

  test('counts what an answer of the own cache saved, and lets it cost nothing', async () => {
    await writer.write(project, [{ ...RECORD, cache_hit: true }]);
    expect((await stored())[0]).toMatchObject({
      ...{ cost: '0.0000000000', list_cost: '0.0000000000', saved_cost: '0.0001200000' },
    });
  });

  test('marks a request without a price as unpriced, not as free', async () => {
    await writer.write(project, [{ ...RECORD, model: 'unknown' }]);
    expect((await stored())[0]).toMatchObject({ cost: '0.0000000000', pricing: 'unpriced' });
  });

  test('estimates usage from characters and says so', async () => {
    const { tokens: _, ...rest } = RECORD;
    await writer.write(project, [{ ...rest, characters: { prompt: 401, output: 9 } }]);
    expect((await stored())[0]).toMatchObject({
      input_tokens: 101,
      output_tokens: 3,
      usage_source: 'estimated',
    });
  });

  test('marks the hour of each row in the transaction of the row', async () => {
    const before = await ledger.rows('SELECT count(*)::int AS n FROM rollup_changes');
    await writer.write(project, [
      { ...RECORD, timestamp: '2026-11-03T04:59:59Z' },
      { ...RECORD, timestamp: '2026-11-03T04:00:00Z' },
      { ...RECORD, timestamp: '2026-11-03T05:00:00Z' },
    ]);
    const after = await ledger.rows('SELECT hour FROM rollup_changes ORDER BY id OFFSET $1', [
      before[0]?.['n'],
    ]);
    expect(after.map(({ hour }) => (hour as Date).toISOString()).sort()).toEqual([
      '2026-11-03T04:00:00.000Z',
      '2026-11-03T05:00:00.000Z',
    ]);
  });

  test('stores requests whose process is gone as abandoned, and a real end over them', async () => {
    const { status: _, tokens: __, latency_ms: ___, ...start } = RECORD;
    const id = newRecordId(NOW);
    const given = { ...start, id, characters: { prompt: 400, output: 0 } };
    const first = await writer.write(project, [given, 'no record'], { source: 'gateway', abandoned: true });
    expect(first).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: 'not_json' }] });
    const abandoned = { status: 'failed', error_code: 'abandoned', latency_ms: null, cost: '0.0001000000' };
    expect((await stored())[0]).toMatchObject(abandoned);
    expect(await writer.write(project, [given], { abandoned: true })).toMatchObject({ duplicates: 1 });
    expect(await writer.write(project, [{ ...RECORD, id }])).toMatchObject({ accepted: 1 });
    expect((await stored())[0]).toMatchObject({ status: 'completed', error_code: null });
    // A sender may not say so.
    const sent = await writer.write(project, [{ ...given, status: 'failed', error_code: 'abandoned' }]);
    expect(sent.rejected).toMatchObject([{ code: 'invalid_record' }]);
  });

  test('takes a record with the same source_id and content as a duplicate, with another as a conflict', async () => {
    const record = { ...RECORD, source_id: 'call-1', timestamp: AT };
    const first = await writer.write(project, [record]);
    const second = await writer.write(project, [{ ...record, prompt: 'Another prompt' }]);
    const third = await writer.write(project, [{ ...record, tokens: { input: 1, output: 1 } }]);
    expect(second).toEqual({ accepted: 0, duplicates: 1, rejected: [], ids: first.ids });
    expect(third).toMatchObject({
      accepted: 0,
      rejected: [{ index: 0, id: first.ids[0], code: 'id_conflict' }],
    });
    expect(await stored()).toHaveLength(1);
  });

  test('never overwrites a request of another project, nor shows it', async () => {
    const id = newRecordId(new Date(AT));
    await writer.write(project, [{ ...RECORD, id, status: 'active', tokens: undefined }]);
    const other = await ledger.project();
    const result = await writer.write(other, [{ ...RECORD, id }]);
    expect(result.rejected).toMatchObject([{ code: 'id_conflict' }]);
    expect(await stored()).toMatchObject([{ status: 'active' }]);
  });

  test('refuses keys of the organisation, which have no project', async () => {
    await expect(writer.write(ORGANISATION, [RECORD])).rejects.toMatchObject({ code: 'no_project' });
  });

  test('refuses more than 1,000 records', async () => {
    await expect(writer.write(project, Array(1001).fill(RECORD))).rejects.toMatchObject({
      code: 'too_many_records',
    });
  });

  describe('with an Idempotency-Key', () => {
    const batch = [RECORD, { ...RECORD, user: 'bob', timestamp: AT }];

    test('stores a repeated batch once, though its records have no ids', async () => {
      const options = { idempotencyKey: 'batch-1' };
      const first = await writer.write(project, batch, options);
      const again = await writer.write(project, batch, options);
      expect(first).toMatchObject({ accepted: 2, duplicates: 0 });
      expect(again).toEqual({ accepted: 0, duplicates: 2, rejected: [], ids: first.ids });
      expect(await stored()).toHaveLength(2);
    });

    test('refuses another batch under the same key', async () => {
      await writer.write(project, batch, { idempotencyKey: 'batch-2' });
      await expect(writer.write(project, [RECORD], { idempotencyKey: 'batch-2' })).rejects.toMatchObject({
        code: 'idempotency_key_reused',
      });
    });

    test('refuses a key that the database would refuse, so that nobody else is hit', async () => {
      const options = { idempotencyKey: 'x'.repeat(256) };
      await expect(writer.write(project, batch, options)).rejects.toMatchObject({ code: 'invalid_query' });
    });

    test('lets two projects use the same key', async () => {
      const other = await ledger.project();
      await writer.write(project, batch, { idempotencyKey: 'same' });
      expect(await writer.write(other, batch, { idempotencyKey: 'same' })).toMatchObject({ accepted: 2 });
    });

    test('stores each batch once when copies arrive at the same time, on two pods', async () => {
      const pods = [
        writer,
        new RequestWriter({ database: ledger.database, prices: () => PRICES, now: () => NOW }),
      ];
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, call) =>
          pods[call % 2]?.write(project, batch, { idempotencyKey: `key-${call % 3}` }),
        ),
      );
      const total = results.reduce((sum, result) => sum + (result?.accepted ?? 0), 0);
      expect(total).toBe(6);
      expect(await stored()).toHaveLength(6);
      await pods[1]?.close();
    });
  });

  describe('with poison among good records', () => {
    const id = () => newRecordId(new Date(AT));
    const cases: [string, string, object][] = [
      ['a NUL byte in the prompt', 'nul_byte', { prompt: 'a\u0000b' }],
      ['a NUL byte in a tag', 'nul_byte', { tags: { a: '\u0000' } }],
      ['a lone surrogate', 'lone_surrogate', { prompt: 'half \ud83d' }],
      ['a lone surrogate in the user', 'lone_surrogate', { user: '\udc00' }],
      ['a time before the partitions', 'timestamp_out_of_range', { timestamp: '2020-01-01T00:00:00Z' }],
      ['a time before 1970', 'timestamp_out_of_range', { timestamp: '1950-01-01T00:00:00Z' }],
      ['a time after the partitions', 'timestamp_out_of_range', { timestamp: '2031-01-01T00:00:00Z' }],
      ['negative tokens', 'invalid_record', { tokens: { input: -1, output: 0 } }],
      ['too many tokens', 'invalid_record', { tokens: { input: 100_000_001, output: 0 } }],
      ['tokens that are no number', 'invalid_record', { tokens: { input: Number.NaN, output: 0 } }],
      [
        'more cached tokens than input',
        'invalid_record',
        { tokens: { input: 1, cached_input: 2, output: 0 } },
      ],
      [
        '17 tags',
        'too_many_tags',
        { tags: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`t${n}`, ''])) },
      ],
      ['an id of another time', 'id_timestamp_mismatch', { id: id(), timestamp: '2026-11-15T10:20:32Z' }],
      ['an id that is no UUIDv7', 'invalid_record', { id: '9f6a3f0e-7a4b-4c39-8a43-1f1b9c0b0d11' }],
      ['no usage', 'invalid_record', { tokens: undefined }],
      [
        'an unreadable usage',
        'usage_unreadable',
        { tokens: undefined, provider: 'openai', usage: { x: 'y' } },
      ],
      [
        'a NUL byte in an unreadable usage',
        'usage_unreadable',
        { tokens: undefined, provider: 'openai', usage: { 'x\u0000': 1 } },
      ],
      ['a usage of 4,000 levels', 'invalid_record', { tokens: undefined, usage: { x: nested(4000) } }],
      ['4,000 levels in an unknown field', 'invalid_record', { x: nested(4000) }],
      ['a NUL byte in the name of a field', 'invalid_record', { 'a\u0000': 1 }],
      ['a lone surrogate in the name of a unit', 'invalid_record', { units: { '\ud800': 1 } }],
      ['a misspelt field', 'invalid_record', { latncy: 1 }],
      ['an error code of the service', 'invalid_record', { status: 'failed', error_code: 'abandoned' }],
    ];

    test.each(cases)('refuses %s as %s and stores the others', async (_, code, change) => {
      const result = await writer.write(project, [RECORD, { ...RECORD, ...change }, RECORD]);
      expect(result).toMatchObject({ accepted: 2, rejected: [{ index: 1, code }] });
      expect(await stored()).toHaveLength(2);
      expect(await refused()).toMatchObject([{ code }]);
      expect(JSON.stringify(await refused())).not.toMatch(/Say hello|half/);
    });

    test('stores a record whose user the database has lost, as after a restore', async () => {
      await writer.write(project, [{ ...RECORD, user: 'lost' }]);
      await ledger.rows('DELETE FROM llm_requests WHERE user_id = $1', ['lost']);
      await ledger.rows('DELETE FROM project_users WHERE user_id = $1', ['lost']);
      await ledger.rows('DELETE FROM users WHERE id = $1', ['lost']);
      expect(await writer.write(project, [{ ...RECORD, user: 'lost' }])).toMatchObject({ accepted: 1 });
    });

    test('stores the records of other callers where one call fails', async () => {
      const prices = {
        price: (question: PriceQuestion) => {
          if (question.model === 'broken') throw new TypeError('a defect of the price book');
          return PRICES.price(question);
        },
      };
      const shared = new RequestWriter({ database: ledger.database, prices: () => prices, now: () => NOW });
      const results = await Promise.allSettled([
        shared.write(project, [RECORD]),
        // With a key, records are priced in the transaction that the callers share.
        shared.write(project, [{ ...RECORD, model: 'broken' }], { idempotencyKey: 'broken' }),
        shared.write(project, [RECORD]),
      ]);
      await shared.close();
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await stored()).toHaveLength(2);
    });

    test('refuses a line of NDJSON that is no JSON, and stores the others', async () => {
      const body = `${JSON.stringify(RECORD)}\n{"prompt": secret}\n\n{"user": \n${JSON.stringify(RECORD)}\n`;
      const result = await writer.write(project, readNdjson(body));
      expect(result).toMatchObject({
        accepted: 2,
        rejected: [
          { index: 1, id: null, code: 'not_json' },
          { index: 2, id: null, code: 'not_json' },
        ],
      });
      expect(JSON.stringify(result)).not.toContain('secret');
      expect(await refused()).toHaveLength(2);
    });

    test('finds the rows that only the database refuses', async () => {
      await ledger.rows(
        `ALTER TABLE llm_requests ADD CONSTRAINT no_mallory CHECK (model <> 'mallory') NOT VALID`,
      );
      const records = Array.from({ length: 100 }, (_, n) => ({
        ...RECORD,
        model: n % 33 === 5 ? 'mallory' : 'large',
      }));
      const result = await writer.write(project, records);
      await ledger.rows('ALTER TABLE llm_requests DROP CONSTRAINT no_mallory');
      expect(result.rejected.map(({ index, code }) => [index, code])).toEqual(
        [5, 38, 71].map((index) => [index, 'refused_by_database']),
      );
      expect(result.accepted).toBe(97);
      expect(await stored()).toHaveLength(97);
    });

    test('cuts a prompt of more than 64 KiB between two characters and notes its length', async () => {
      const prompt = `x${'ü'.repeat(1_000_000)}`;
      await writer.write(project, [{ ...RECORD, prompt }]);
      const [row] = await stored();
      const text = String(row?.['prompt']);
      expect(text).toMatch(/^xü+\n\[cut: the prompt has 2000001 bytes\]$/);
      expect(Buffer.byteLength(text.split('\n')[0] ?? '')).toBe(65_535);
    });
  });

  describe('respects the project', () => {
    test('that stores no prompts', async () => {
      await ledger.rows('UPDATE projects SET store_prompts = false WHERE id = $1', [project.projectId]);
      await writer.write(project, [RECORD]);
      expect((await stored())[0]).toMatchObject({ prompt: '' });
    });

    test('whose user was erased after the request', async () => {
      await writer.write(project, [RECORD]);
      await ledger.rows('UPDATE project_users SET erased_at = $2 WHERE project_id = $1', [
        ...[project.projectId, '2026-11-15T11:00:00Z'],
      ]);
      await writer.write(project, [
        { ...RECORD, timestamp: AT },
        { ...RECORD, timestamp: '2026-11-15T11:00:01Z' },
      ]);
      const prompts = (await stored()).map(({ prompt }) => prompt);
      expect(prompts.slice(0, 2)).toEqual(['', 'Say hello']);
    });
  });

  describe('ends a request', () => {
    const { tokens, latency_ms, prompt, ...start } = RECORD;
    const begin = async () =>
      String((await writer.write(project, [{ ...start, status: 'active', timestamp: AT }])).ids[0]);
    const end = { status: 'completed' as const, latency_ms: 5, tokens: { input: 7, output: 1 }, prompt: 'p' };

    test('with its usage, its cost and its prompt; once more is no error', async () => {
      const id = await begin();
      const ended = await writer.end(project, id, end);
      expect(ended).toMatchObject({
        id,
        status: 'completed',
        cost_usd: '0.0000090000',
        tags: { team: 'search' },
      });
      expect(await writer.end(project, id, end)).toEqual(ended);
      expect((await stored())[0]).toMatchObject({ prompt: 'p', latency_ms: 5 });
    });

    test('keeps the prompt of its start where the end has none', async () => {
      const { prompt: _, ...withoutPrompt } = end;
      const id = newRecordId(new Date(AT));
      await writer.write(project, [
        { ...start, id, timestamp: undefined, prompt: 'at the start', status: 'active' },
      ]);
      await writer.end(project, id, withoutPrompt);
      expect((await stored())[0]).toMatchObject({ status: 'completed', prompt: 'at the start' });
    });

    test('fails where it has ended otherwise', async () => {
      const id = await begin();
      await writer.end(project, id, end);
      await expect(writer.end(project, id, { ...end, latency_ms: 6 })).rejects.toMatchObject({
        code: 'id_conflict',
      });
    });

    test('fails for a request of another project as for one that does not exist', async () => {
      const id = await begin();
      const other = await ledger.project();
      await expect(writer.end(other, id, end)).rejects.toMatchObject({ code: 'not_found' });
    });

    test('fails where an older release stored it with another time than its id has', async () => {
      const id = await begin();
      const time = AT.replace('Z', '456Z');
      await ledger.rows('UPDATE llm_requests SET "timestamp" = $2, content_hash = NULL WHERE id = $1', [
        ...[id, time],
      ]);
      await expect(writer.end(project, id, end)).rejects.toMatchObject({
        code: 'id_conflict',
        message: expect.stringContaining(time),
      });
      expect(await stored()).toMatchObject([{ id, status: 'active' }]);
    });

    test('in the batch of its start', async () => {
      const id = newRecordId(new Date(AT));
      const result = await writer.write(project, [
        { ...start, id, status: 'active' },
        { ...RECORD, id },
        { ...RECORD, id },
        { ...start, id, status: 'active' },
      ]);
      expect(result).toMatchObject({ accepted: 2, duplicates: 2, rejected: [] });
      expect(await stored()).toMatchObject([{ status: 'completed' }]);
    });
  });

  test('stores each id once, whatever the order of batches with duplicates (property)', async () => {
    const call = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 10 }), async (calls) => {
        const own = await ledger.project();
        const record = (n: number) => ({
          ...RECORD,
          source_id: `s${n}`,
          timestamp: AT,
          user: `user-${n % 3}`,
        });
        const results = await Promise.all(calls.map((numbers) => writer.write(own, numbers.map(record))));
        const different = new Set(calls.flat()).size;
        expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(different);
        expect(results.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(
          calls.flat().length - different,
        );
        const [row] = await ledger.rows('SELECT count(*)::int AS n FROM llm_requests WHERE project_id = $1', [
          own.projectId,
        ]);
        expect(row?.['n']).toBe(different);
      }),
      { numRuns: 25 },
    );
  });
});
