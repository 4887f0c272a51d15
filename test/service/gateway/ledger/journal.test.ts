import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallLedger } from '../../../../service/gateway/ledger/call-ledger';
import type { CallStart } from '../../../../service/gateway/ledger/call-record';
import { JournalFailedError, JournalFullError } from '../../../../service/gateway/ledger/journal-errors';
import type { CallLedgerProps } from '../../../../service/gateway/ledger/ledger-props';
import { until } from '../../../helpers/servers';
import { callEnd, callStart, FAST, openCallLedger } from './ledger-parts';
import { MemoryDatabase } from './memory-database';

let folder: string;
let database: MemoryDatabase;
const opened: CallLedger[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  database = new MemoryDatabase();
});
afterEach(async () => {
  database.isAway = false;
  for (const ledger of opened.splice(0)) await ledger.close(5000);
  rmSync(folder, { recursive: true });
});

function open(changes: Partial<CallLedgerProps> = {}) {
  const parts = openCallLedger({ writer: database, database, folder, ...changes });
  opened.push(parts.ledger);
  parts.ledger.run();
  return parts;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const files = (pod = 'pod') => readdirSync(join(folder, pod)).filter((name) => name.endsWith('.ndjson'));

test('what memory has no room for is read back from the journal, each end once', async () => {
  database.isAway = true;
  const { ledger } = open({ maxMemoryBytes: 4000, segmentBytes: 3000 });
  const calls = Array.from({ length: 100 }, () => callStart());
  for (const call of calls) {
    await ledger.start(call);
    ledger.end(callEnd(call));
    await turn();
  }
  expect(ledger.unsettled).toBe(100);
  database.isAway = false;
  await until(async () => expect(ledger.unsettled).toBe(0));
  expect(calls.filter(({ id }) => database.rows.get(id)?.state !== 'ended')).toEqual([]);
  expect(database.duplicates).toBe(0);
});

test('a full journal refuses calls and answers of the cache, and still takes ends', async () => {
  database.isAway = true;
  const { ledger, told } = open({ maxBytes: 3000 });
  const started: CallStart[] = [];
  let refused: unknown;
  while (refused === undefined) {
    const call = callStart();
    refused = await ledger.start(call).then(
      () => void started.push(call),
      (error: unknown) => error,
    );
  }
  expect(refused).toBeInstanceOf(JournalFullError);
  expect((refused as Error).message).toMatch(/has \d{4} of at most 3000 bytes \(GATEWAY_JOURNAL_MAX_BYTES\)/);
  expect(() => ledger.checkRoom()).toThrow(JournalFullError);
  for (const call of started.slice(0, 5)) ledger.end(callEnd(call));
  await turn();
  expect([ledger.journalBytes > 3000, told.failures.journal]).toEqual([true, 0]);
  // From 1.9 times the bound, memory takes them: the volume has twice the bound.
  for (const call of started.slice(5)) {
    ledger.end(callEnd(call));
    await turn();
  }
  expect(ledger.journalBytes).toBeLessThanOrEqual(5700);
  database.isAway = false;
  await until(async () => expect(ledger.unsettled).toBe(0));
  expect(told.failures.lost).toBe(0);
  expect(started.filter(({ id }) => database.rows.get(id)?.state !== 'ended')).toEqual([]);
  await until(async () => ledger.checkRoom());
});

test('a journal that cannot be written refuses calls and keeps ends in memory', async () => {
  const { ledger, told } = open({ segmentBytes: 600 });
  const call = callStart();
  await ledger.start(call);
  database.isAway = true;
  // The next file cannot be made.
  rmSync(join(folder, 'pod'), { recursive: true });
  ledger.end(callEnd(call, { prompt: 'x'.repeat(600) }));
  await expect(ledger.start(callStart())).rejects.toThrow(JournalFailedError);
  await expect(ledger.start(callStart())).rejects.toThrow(
    /GATEWAY_JOURNAL_FOLDER.* cannot be written: ENOENT/,
  );
  expect(told.failures).toMatchObject({ journal: 3, lost: 0 });
  expect(database.rows.get(call.id)?.state).not.toBe('ended');
  database.isAway = false;
  await until(async () => expect(database.rows.get(call.id)?.state).toBe('ended'));
  mkdirSync(join(folder, 'pod'));
  await ledger.start(callStart());
});

test('processes that end one after another while the database is away pass everything on', async () => {
  database.isAway = true;
  const [open1, ended] = [callStart(), callStart()];
  // Each line has a file of its own.
  const first = open({ segmentBytes: 100 });
  await first.ledger.start(open1);
  await first.ledger.start(ended);
  first.ledger.end(callEnd(ended));
  await first.ledger.close(0);
  for (let process = 0; process < 2; process += 1) {
    const { ledger, told } = open({ segmentBytes: 100 });
    // It has read all and tried to store it.
    await until(async () => expect([ledger.unsettled, told.failures.database > 1]).toEqual([2, true]));
    await ledger.close(0);
  }
  expect(files()).not.toEqual([]);
  database.isAway = false;
  const { ledger, told } = open();
  await until(async () => expect([ledger.unsettled, files().length, database.rows.size]).toEqual([0, 0, 2]));
  expect([open1, ended].map(({ id }) => database.rows.get(id)?.state)).toEqual(['abandoned', 'ended']);
  expect([told.abandoned, database.duplicates]).toEqual([1, 0]);
});

test('an end waits for the rows of its own call, and deletes them', async () => {
  const { ledger } = open();
  const call = callStart();
  let answer: () => void = () => undefined;
  database.beforeInsert = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  await ledger.start(call);
  await until(async () => expect(database.inserts).toBe(1));
  ledger.end(callEnd(call));
  const [later] = [callStart()];
  ledger.end(callEnd(later));
  await until(async () => expect(database.rows.get(later.id)?.state).toBe('ended'));
  expect(database.rows.has(call.id)).toBe(false);
  answer();
  await until(async () => expect(database.rows.get(call.id)?.state).toBe('ended'));
  await until(async () => expect(database.underWay.size).toBe(0));
});

test('a call that could not be deleted from those under way is tried again', async () => {
  const { ledger, told } = open();
  const call = callStart();
  await ledger.start(call);
  await until(async () => expect(database.rows.get(call.id)?.state).toBe('active'));
  database.failedDeletes = 1;
  ledger.end(callEnd(call));
  await until(async () => expect([ledger.unsettled, database.underWay.size]).toEqual([0, 0]));
  expect([database.duplicates, told.failures.database]).toEqual([1, 1]);
});

test('a call of minutes keeps no file but one with its own start', async () => {
  let minutes = 0;
  const { ledger } = open({
    segmentBytes: 2000,
    waiting: { random: () => 0, elapsedMs: () => minutes * 60_000 + performance.now(), sleep: turn },
  });
  const long = callStart();
  await ledger.start(long);
  for (minutes = 1; minutes < 30; minutes += 1) {
    for (let count = 0; count < 5; count += 1) ledger.end(callEnd(callStart()));
    await until(async () => expect(ledger.unsettled).toBe(1));
  }
  await until(async () => expect(files()).toHaveLength(1));
  expect(readFileSync(join(folder, 'pod', String(files()[0])), 'utf8')).toContain(long.id);
  expect(ledger.journalBytes).toBeLessThan(2000);
});

describe('the folder of a process', () => {
  const lockOf = (pod: string) => join(folder, pod, 'lock');

  test('is another one where a process has the first, and comes back with what it holds', async () => {
    database.isAway = true;
    const [first, second] = [open({ timing: { ...FAST, underWayMs: 60_000 } }), open()];
    expect([existsSync(lockOf('pod')), existsSync(lockOf('pod-2'))]).toEqual([true, true]);
    const calls = [callStart(), callStart()];
    first.ledger.end(callEnd(calls[0] as (typeof calls)[0]));
    await second.ledger.start(calls[1] as (typeof calls)[0]);
    await first.ledger.close(0);
    await second.ledger.close(0);
    expect([existsSync(lockOf('pod')), existsSync(lockOf('pod-2'))]).toEqual([false, false]);
    database.isAway = false;
    const { ledger, told } = open();
    await until(async () => expect([database.rows.size, ledger.unsettled]).toEqual([2, 0]));
    expect(calls.map(({ id }) => database.rows.get(id)?.state)).toEqual(['ended', 'abandoned']);
    expect(told.abandoned).toBe(1);
  });

  test.each([
    ['of a process that is gone', '2147483646', 'pod'],
    ['with the id of this process, which its predecessor in the container had', String(process.pid), 'pod'],
    ['that is empty', '', 'pod'],
    ['of a process that lives', String(process.ppid), 'pod-2'],
  ])('with a lock %s', (_, pid, own) => {
    mkdirSync(join(folder, 'pod'));
    writeFileSync(lockOf('pod'), pid);
    open();
    expect(readFileSync(lockOf(own), 'utf8')).toBe(String(process.pid));
    expect(existsSync(lockOf('pod-2'))).toBe(own === 'pod-2');
  });
});
