import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../bin/db-gap';
import { type FindGapProps, findGap } from '../../../bin/db-gap/find-gap';
import { gapLines } from '../../../bin/db-gap/format-gap';
import { isClosed } from '../../../bin/db-gap/gap-result';
import { journalFiles } from '../../../bin/db-gap/read-journals';
import { readReport } from '../../../bin/db-gap/reported-call';
import { readUsage } from '../../../bin/db-gap/usage-buckets';
import { refreshCosts } from '../../../lambda/database/rollups/refresh-costs';
import type { CallStart } from '../../../service/gateway/ledger/call-record';
import { endEntry, startEntry } from '../../../service/gateway/ledger/entry-of-call';
import { encodeEntry } from '../../../service/gateway/ledger/journal-entry';
import { newRecordId } from '../../../service/requests/record/record-id';
import { runMain } from '../../helpers/run-main';
import { describeWithServers } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { callEnd, callStart } from '../../service/gateway/ledger/ledger-parts';
import { type Ledger, openLedger } from '../../service/requests/ledger';

test.each([
  [[], '--from <time> is needed; see --help'],
  [
    ['--from', '2026-11-01'],
    '--journals <folder>, --report <file>, --usage <file> or --former-rows is needed',
  ],
  [['--from', 'noon', '--journals', __dirname], '--from must be a day or a time with its zone'],
  [
    ['--from', '2026-11-02', '--to', '2026-11-01', '--journals', __dirname],
    '--to must be after --from (2026-11-02)',
  ],
  [
    ['--from', '2026-11-01', '--journals', __dirname, '--fill', '--dry-run'],
    '--fill and --dry-run exclude each other',
  ],
  [['--from', '2026-11-01', '--former-rows'], '--former-rows needs --former <url>'],
  [
    ['--from', '2026-11-01', '--earliest', '2026-11-02', '--journals', __dirname],
    '--earliest must be at most --from (2026-11-01), got 2026-11-02',
  ],
  [['--from', '2026-11-01', '--report', '/nonexistent'], '--report must be a file that can be read'],
])('fails with %j', async (argv, message) => {
  const { code, errors } = await runMain(main, ...argv, '--dir', '/nonexistent');
  expect(code).toBe(1);
  expect(errors.join('\n')).toContain(message);
});

test('prints its help', async () => {
  expect(await runMain(main, '--help')).toMatchObject({
    code: 0,
    out: expect.stringContaining('Usage: npm run '),
  });
});

test('fails where the journals are missing', () => {
  expect(() => journalFiles(`${__dirname}/nowhere`)).toThrow(
    '--journals must be a folder with copies of journals',
  );
});

describeWithServers('a restored database', DATABASE_PROGRAMS, () => {
  const FROM = new Date('2026-11-15T12:00:00.000Z');
  const EARLIEST = new Date('2026-11-15T11:00:00.000Z');
  const TO = new Date('2026-11-15T13:00:00.000Z');
  let server: TestServer;
  let ledger: Ledger;
  let folder: string;

  beforeAll(async () => {
    server = await TestServer.start();
    ledger = await openLedger(server);
    await ledger.rows('ALTER ROLE llm_cost_ops_writer LOGIN');
    folder = mkdtempSync(join(tmpdir(), 'gap-'));
  });
  afterAll(async () => {
    await ledger.close();
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As the user that people run it with. */
  const propsOf = (changes: Partial<FindGapProps>): FindGapProps => ({
    login: server.settings(ledger.name, { user: 'llm_cost_ops_writer' }),
    ...{
      from: FROM,
      earliest: EARLIEST,
      to: TO,
      copiesRows: false,
      journals: [],
      owner: null,
      fills: false,
      checksSums: false,
    },
    ...{ now: () => TO, onStep: () => undefined },
    ...changes,
  });

  function journal(name: string, lines: readonly string[]) {
    const pod = join(folder, name);
    mkdirSync(pod, { recursive: true });
    writeFileSync(join(pod, '000000000001.ndjson'), lines.join(''));
    return journalFiles(pod);
  }

  async function newCall(changes: Partial<CallStart> = {}): Promise<CallStart> {
    const { projectId } = await ledger.project();
    return callStart({ projectId, model: 'gpt-4o-mini', ...changes });
  }

  const rowsOf = (projectId: string) =>
    ledger.rows(
      `SELECT id, user_id, status, error_code, usage_source, pricing, input_tokens, tags FROM llm_requests
       WHERE project_id = $1 ORDER BY user_id`,
      [projectId],
    );

  test('gets what the journals hold, once', async () => {
    const call = await newCall();
    const cut = callStart({ ...call, id: newRecordId(new Date('2026-11-15T12:31:00Z')), user: 'bob' });
    const line = [encodeEntry(startEntry(call)), encodeEntry(endEntry(callEnd(call), 1000))];
    const journals = journal('exact', [...line, encodeEntry(startEntry(cut)), '{"k":"e","torn']);

    const listed = await findGap(propsOf({ journals }));
    expect(listed).toMatchObject({ gap: { journal: 1, start: 1 }, filled: null, complete: 0 });
    expect(isClosed(listed)).toBe(false);
    expect(await rowsOf(call.projectId)).toEqual([]);

    const filled = await findGap(propsOf({ journals, fills: true }));
    expect(filled).toMatchObject({ filled: 2, refused: 0, failed: 0 });
    expect(isClosed(filled)).toBe(true);
    expect(await rowsOf(call.projectId)).toMatchObject([
      { user_id: 'ada', status: 'completed', usage_source: 'reported', pricing: 'priced', input_tokens: 100 },
      {
        user_id: 'bob',
        status: 'failed',
        error_code: 'abandoned',
        usage_source: 'estimated',
        input_tokens: 100,
      },
    ]);

    const again = await findGap(propsOf({ journals, fills: true }));
    expect(again).toMatchObject({ gap: { journal: 0, start: 0 }, filled: 0, complete: 2 });
    expect(isClosed(again)).toBe(true);
  });

  test('gets what only the provider knows, for a named project', async () => {
    const call = await newCall();
    const data = [{ id: call.id, model: 'gpt-4o-mini', tokens: { input: 70, output: 5 } }];
    const report = readReport(JSON.stringify(data), 'report');
    expect(await findGap(propsOf({ report, fills: true }))).toMatchObject({ withoutOwner: 1, filled: 0 });

    const owner = { projectId: call.projectId, provider: 'openai' };
    expect(await findGap(propsOf({ report, owner, fills: true }))).toMatchObject({
      withoutOwner: 0,
      filled: 1,
    });
    expect(await rowsOf(call.projectId)).toMatchObject([
      { id: call.id, user_id: 'unknown', input_tokens: 70, tags: { recovered_from: 'provider-report' } },
    ]);
    expect(await findGap(propsOf({ report, owner, fills: true }))).toMatchObject({ filled: 0, complete: 1 });
  });

  test.each([
    ['from the end on', '2026-11-15T13:00:00.000Z'],
    ['more than the longest call before the target', '2026-11-15T10:59:59.999Z'],
  ])('leaves calls alone %s', async (_, time) => {
    const call = await newCall({ id: newRecordId(new Date(time)) });
    const journals = journal(`time-${time}`, [encodeEntry(endEntry(callEnd(call), 1000))]);
    expect(await findGap(propsOf({ journals }))).toMatchObject({ gap: { journal: 0 }, complete: 0 });
  });

  test('says which call it cannot fill, and fills the others', async () => {
    const good = await newCall();
    const gone = callStart({
      ...good,
      id: newRecordId(new Date('2026-11-15T12:40:00Z')),
      projectId: randomUUID(),
    });
    const journals = journal(
      'gone',
      [good, gone].map((call) => encodeEntry(endEntry(callEnd(call), 1000))),
    );
    const result = await findGap(propsOf({ journals, fills: true }));
    expect(result).toMatchObject({ filled: 1, refused: 1 });
    expect(result.calls[0]).toMatchObject({
      id: gone.id,
      outcome: 'refused',
      reason: expect.stringContaining('project'),
    });
    expect(isClosed(result)).toBe(false);
    expect(gapLines(result).join('\n')).toContain('Filled: 1; refused: 1; failed: 0');
  });

  test('lists changes that the restore has undone', async () => {
    const former = await openLedger(server);
    try {
      await former.rows(
        `INSERT INTO audit_log (id, at, actor, action, subject) VALUES
           ($1, '2026-11-15T12:10:00Z', 'admin', 'key.revoke', 'the-key'),
           ($2, '2026-11-15T11:00:00Z', 'admin', 'key.revoke', 'before the target'),
           ($3, '2026-11-15T12:20:00Z', 'admin', 'budget.update', 'a-budget')`,
        [randomUUID(), randomUUID(), randomUUID()],
      );
      const { lostChanges, warnings } = await findGap(propsOf({ former: server.settings(former.name) }));
      expect(lostChanges?.map(({ action, subject }) => [action, subject]).sort()).toEqual([
        ['budget.update', 'a-budget'],
        ['key.revoke', 'the-key'],
      ]);
      expect(warnings).toEqual([
        expect.stringMatching(/^revoked keys work again.*\(the-key\)$/),
        expect.stringMatching(/^1 other changes/),
      ]);
    } finally {
      await former.close();
    }
  });

  test('gets rows of the former database as they are there, once', async () => {
    const former = await openLedger(server);
    try {
      const { projectId } = await ledger.project();
      await former.rows('INSERT INTO projects (id, name) VALUES ($1, $2)', [projectId, projectId]);
      const calls = ['12:00', '12:10', '12:20', '12:30'].map((time) =>
        callStart({ projectId, model: 'gpt-4o-mini', id: newRecordId(new Date(`2026-11-15T${time}:00Z`)) }),
      ) as [CallStart, CallStart, CallStart, CallStart];
      const lines = [
        endEntry(callEnd(calls[0], { prompt: '' }), 1000),
        // Estimated, and failed.
        endEntry(callEnd(calls[1], { usage: undefined, characters: { prompt: 9, output: 6 } }), 1000),
        endEntry(callEnd(calls[2], { status: 'failed', errorCode: 'provider_500', cacheHit: true }), 1000),
        startEntry(calls[3]),
      ].map(encodeEntry);
      // The former database gets its rows in the usual way; the last call has been abandoned.
      await findGap(
        propsOf({ login: server.settings(former.name), journals: journal('old', lines), fills: true }),
      );
      const props = propsOf({ former: server.settings(former.name), copiesRows: true, fills: true });

      const result = await findGap(props);
      expect(result).toMatchObject({ gap: { former: 4 }, filled: 4, refused: 0, failed: 0 });
      const all = ['SELECT * FROM llm_requests WHERE project_id = $1 ORDER BY id', [projectId]] as const;
      expect(await ledger.rows(...all)).toEqual(await former.rows(...all));
      expect(await findGap(props)).toMatchObject({ gap: { former: 0 }, filled: 0, complete: 4 });
    } finally {
      await former.close();
    }
  });

  test("compares the sums of a provider's usage API with the rows", async () => {
    const call = await newCall({ id: newRecordId(new Date('2026-11-15T12:50:10Z')), provider: 'sums' });
    const hit = { ...call, id: newRecordId(new Date('2026-11-15T12:50:20Z')) };
    const journals = journal('usage', [
      encodeEntry(endEntry(callEnd(call), 1000)),
      encodeEntry(endEntry(callEnd(hit, { cacheHit: true }), 1000)),
    ]);
    const bucket = (minute: number, input: number) => {
      const start_time = Date.UTC(2026, 10, 15, 12, minute) / 1000;
      const results = [{ input_tokens: input, output_tokens: input / 10, num_model_requests: input / 100 }];
      return { object: 'bucket', start_time, end_time: start_time + 60, results };
    };
    const page = { object: 'page', data: [bucket(49, 0), bucket(50, 100), bucket(51, 200)] };
    const usage = { buckets: readUsage(JSON.stringify(page), 'usage'), provider: 'sums' };
    const result = await findGap(propsOf({ journals, usage, fills: true }));
    // The answer of our own cache is none of the provider's.
    expect(result.usage).toEqual({
      buckets: 3,
      different: [
        {
          ...{ from: '2026-11-15T12:51:00.000Z', to: '2026-11-15T12:52:00.000Z' },
          reported: { inputTokens: 200, outputTokens: 20, requests: 2 },
          stored: { inputTokens: 0, outputTokens: 0, requests: 0 },
        },
      ],
    });
    expect(gapLines(result).join('\n')).toContain('3 times compared with the rows, 1 differ');
  });

  test('says that lost changes are unknown without the former database', async () => {
    const { lostChanges, warnings } = await findGap(propsOf({}));
    expect(lostChanges).toBeNull();
    expect(warnings).toEqual([expect.stringContaining('unknown without --former')]);
  });

  test('compares budgets and roll-ups with the rows', async () => {
    const { projectId } = await newCall();
    const [budget, window] = [randomUUID(), ['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z']];
    await ledger.rows(
      `INSERT INTO budgets (id, project_id, scope, period, time_zone, limit_usd, created_by)
       VALUES ($1, $2, 'project', 'month', 'UTC', 5, 'test')`,
      [budget, projectId],
    );
    await ledger.rows(
      `INSERT INTO budget_windows (budget_id, starts_at, ends_at, project_id, scope, subject, is_final)
       VALUES ($1, $3, $4, $2, 'project', '', true)`,
      [budget, projectId, ...window],
    );
    const call = callStart({ projectId, model: 'gpt-4o-mini' });
    const journals = journal('sums', [encodeEntry(endEntry(callEnd(call), 1000))]);
    const { sums } = await findGap(propsOf({ journals, fills: true, checksSums: true }));
    // The filled row has a cost, and the window counts it.
    expect(sums?.budgets).toMatchObject({ windows: 1, wrong: [] });
    await ledger.rows('UPDATE budget_windows SET changes = changes + 1 WHERE budget_id = $1', [budget]);
    expect((await findGap(propsOf({ checksSums: true }))).sums?.budgets.wrong).toEqual([budget]);
  });

  test('compares the hours of roll-ups that do not wait for a refresh', async () => {
    const hour = async (login: FindGapProps['login']) =>
      (await findGap(propsOf({ login, from: HOUR, to: HOUR, checksSums: true }))).sums?.rollups;
    const HOUR = new Date('2026-11-15T08:00:00.000Z');
    const call = await newCall({ id: newRecordId(new Date('2026-11-15T08:10:00Z')) });
    const journals = journal('rollups', [encodeEntry(endEntry(callEnd(call), 1000))]);
    await findGap(propsOf({ journals, earliest: HOUR, fills: true }));
    await ledger.rows(
      `INSERT INTO rollup_state (name, complete_until, refreshed_at) VALUES ('costs', '2026-11-15T09:00:00Z', now())
       ON CONFLICT (name) DO UPDATE SET complete_until = excluded.complete_until`,
    );
    const superuser = server.settings(ledger.name);
    expect(await hour(superuser)).toEqual({ hours: 0, wrong: [], waiting: 1 });
    // The service's user may not see which hours wait.
    expect(await hour(propsOf({}).login)).toEqual({ hours: 1, wrong: [HOUR.toISOString()], waiting: null });
    await server.with(ledger.name, (client) => refreshCosts(client, () => true));
    expect(await hour(superuser)).toEqual({ hours: 1, wrong: [], waiting: 0 });
  });
});
