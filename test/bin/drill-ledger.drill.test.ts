import { newCalls, type RecordCall, SHAPES } from '../../bin/drill/records/record-calls';
import { RecordLedger, type StoredRow } from '../../bin/drill/records/record-ledger';
import { main } from '../../bin/drill-ledger';
import { parseRecord } from '../../service/requests/record/parse-record';
import { readNdjson } from '../../service/requests/record/read-records';
import { runMain } from '../helpers/run-main';
import { describeWithServers } from '../helpers/servers';
import { DATABASE_PROGRAMS } from '../lambda/database/postgres';

const NOW = Date.UTC(2026, 10, 1);

describe.each(SHAPES)('%s', (shape) => {
  const calls = newCalls(shape, NOW);

  test('has valid records, each with its marker', () => {
    for (const { body, contentType, records } of calls) {
      const sent = contentType === 'application/json' ? [JSON.parse(body)].flat() : readNdjson(body);
      expect(sent.map(parseRecord)).toEqual(
        records.map(({ marker }) => ({
          ok: true,
          record: expect.objectContaining({ tags: { drill: marker } }),
        })),
      );
    }
  });

  test('is safe to send again: ids, ids of the sender, or a key', () => {
    for (const { body, idempotencyKey } of calls) {
      expect(idempotencyKey !== undefined || /"(source_)?id":/.test(body)).toBe(true);
    }
  });
});

describe('the comparison with the table', () => {
  const call = (status: 'active' | 'completed' = 'completed'): RecordCall => ({
    shape: 'single with id',
    body: '',
    contentType: 'application/json',
    records: [{ marker: 'm', status }],
  });
  const row = (changes: Partial<StoredRow> = {}): StoredRow => ({
    marker: 'm',
    id: 'a',
    status: 'completed',
    ...changes,
  });
  const told = { ids: ['a'], rejected: [] };

  /** Counts of one record after answers. */
  function counts(
    answers: readonly (readonly [RecordCall, typeof told | { ids: null[]; rejected: never[] }])[],
    rows: StoredRow[],
  ) {
    const ledger = new RecordLedger();
    ledger.send('fault', call());
    for (const [answered, answer] of answers) ledger.told(answered, answer);
    return ledger.compare(rows)['fault'];
  }

  test.each([
    ['a record that is stored as told', [[call(), told]], [row()], { lost: 0, twice: 0, stored: 1 }],
    [
      'a duplicate',
      [
        [call(), told],
        [call(), told],
      ],
      [row()],
      { lost: 0, twice: 0, stored: 1 },
    ],
    ['no answer and no row', [], [], { toldStored: 0, lost: 0, stored: 0 }],
    ['no answer and a row', [], [row()], { toldStored: 0, lost: 0, stored: 1 }],
    ['an answer without a row', [[call(), told]], [], { lost: 1, stored: 0 }],
    ['a row with another id than the answer', [[call(), told]], [row({ id: 'b' })], { lost: 1 }],
    ['an answer without an id', [[call(), { ids: [null], rejected: [] }]], [row()], { lost: 1 }],
    ['an end that is missing', [[call(), told]], [row({ status: 'active' })], { lost: 1 }],
    ['a start without an end', [[call('active'), told]], [row({ status: 'active' })], { lost: 0 }],
    ['two rows', [[call(), told]], [row(), row({ id: 'b' })], { lost: 0, twice: 1 }],
    ['two rows without an answer', [], [row(), row({ id: 'b' })], { twice: 1 }],
  ] as const)('%s', (_, answers, rows, expected) => {
    expect(counts(answers as never, [...rows])).toMatchObject({ sent: 1, refused: 0, ...expected });
  });

  test('counts refused records, which are neither told stored nor lost', () => {
    const ledger = new RecordLedger();
    ledger.send('fault', call());
    ledger.told(call(), { ids: [null], rejected: [{ index: 0, code: 'x', message: 'x' }] });
    expect(ledger.compare([])['fault']).toMatchObject({ refused: 1, toldStored: 0, lost: 0 });
  });

  test('counts answers in the phase in which they came', () => {
    const ledger = new RecordLedger();
    ledger.send('first', call());
    ledger.answer('first', '503');
    ledger.answer('first', '503');
    ledger.answer('first', '201');
    expect(ledger.compare([])['first']?.answers).toEqual({ '201': 1, '503': 2 });
  });
});

test.each([
  [['--faults', 'earthquake'], '--faults must be one of database-stop, database-crash'],
  [['--faults', 'api-sigkill,api-sigkill'], '--faults must name each fault once, got api-sigkill twice'],
  [['--seconds', '0'], '--seconds must be a number between 1 and 600, got 0'],
])('fails with %j', async (argv, message) => {
  const { code, errors } = await runMain(main, ...argv);
  expect(code).toBe(1);
  expect(errors.join('\n')).toContain(message);
});

describeWithServers('a drill', DATABASE_PROGRAMS, () => {
  test('loses nothing and stores nothing twice while connections are killed', async () => {
    const { code, out } = await runMain(
      main,
      ...['--faults', 'connections-killed', '--seconds', '1.5', '--json'],
    );
    const result = JSON.parse(out);
    expect(result).toMatchObject({ lost: 0, twice: 0, refused: 0 });
    expect(result.faults).toMatchObject([
      { fault: 'connections-killed', firstSuccessMs: expect.any(Number) },
    ]);
    expect(result.faults[0].stored).toBeGreaterThan(100);
    expect(result.rollups.counted).toBe(result.rollups.rows);
    expect(code).toBe(0);
  });
});
