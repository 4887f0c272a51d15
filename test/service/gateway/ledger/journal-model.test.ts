import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { CallLedger } from '../../../../service/gateway/ledger/call-ledger';
import type { CallStart } from '../../../../service/gateway/ledger/call-record';
import { JournalFullError } from '../../../../service/gateway/ledger/journal-errors';
import { until } from '../../../helpers/servers';
import { callEnd, callStart, openCallLedger, type Told } from './ledger-parts';
import { MemoryDatabase } from './memory-database';

/** A step in the life of a pod. */
type Step =
  | { readonly kind: 'start' | 'hit' | 'pause' | 'away' | 'back' | 'minute' }
  | { readonly kind: 'end'; readonly which: number; readonly prompt: number }
  | { readonly kind: 'crash'; readonly torn: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'start' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(20),
      prompt: fc.constantFrom(0, 100, 900),
    }),
  },
  { weight: 5, arbitrary: fc.constantFrom<Step>({ kind: 'hit' }, { kind: 'pause' }, { kind: 'minute' }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ kind: 'away' }, { kind: 'away' }, { kind: 'back' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      torn: fc.constantFrom('', '{"k":"s","p":"', '{"k":"e"}\n{', 'null\n\u0000\u0000'),
    }),
  },
);

const MAX_BYTES = 12_000;
const pause = () => new Promise((resolve) => setTimeout(resolve, 6));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A pod that lives through steps, and what has to be in its ledger at the end. */
class Pod {
  readonly database = new MemoryDatabase();
  private readonly root = mkdtempSync(join(tmpdir(), 'journal-'));
  private readonly former: CallLedger[] = [];
  private folder = join(this.root, '0');
  private clock = 0;
  private killed = new AbortController();
  private ledger: CallLedger;
  private told: Told;
  private open: CallStart[] = [];
  /** By id: the state that the call has to end in, and the length of its prompt. */
  readonly expected = new Map<string, { readonly state: 'ended' | 'abandoned'; readonly prompt: number }>();

  constructor() {
    ({ ledger: this.ledger, told: this.told } = this.openLedger());
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'start') await this.start();
    else if (step.kind === 'hit') await this.end(callStart(), 10);
    else if (step.kind === 'end') {
      const [call] = this.open.splice(step.which % Math.max(1, this.open.length), 1);
      if (call !== undefined) await this.end(call, step.prompt);
    } else if (step.kind === 'crash') this.crash(step.torn);
    else if (step.kind === 'minute') this.clock += 61_000;
    else if (step.kind === 'pause') await pause();
    else this.database.isAway = step.kind === 'away';
    this.clock += 3;
    expect(this.ledger.journalBytes).toBeLessThanOrEqual(MAX_BYTES * 1.9);
    // Nothing is lost, and nothing is written that the database refuses.
    expect({ ...this.told.failures, database: 0 }).toEqual({ journal: 0, database: 0, refused: 0, lost: 0 });
  }

  /** The database is back, the journal is written, and the process ends. */
  async finish(): Promise<void> {
    this.database.isAway = false;
    await this.ledger.close(20_000);
    for (const { id } of this.open) this.expected.set(id, { state: 'abandoned', prompt: 0 });
    const left = readdirSync(join(this.folder, 'pod'));
    expect(left).toEqual([]);
    for (const ledger of this.former) await ledger.close(0);
    rmSync(this.root, { recursive: true });
  }

  private async start(): Promise<void> {
    const call = callStart();
    const isFull = this.ledger.journalBytes >= MAX_BYTES;
    const refused = await this.ledger.start(call).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused instanceof JournalFullError).toBe(isFull);
    if (!isFull) this.open.push(call);
  }

  private async end(call: CallStart, prompt: number): Promise<void> {
    // Ends may take the volume up to its limit; then the gateway has long refused calls.
    if (this.ledger.journalBytes > MAX_BYTES * 1.7) {
      this.open.push(call);
      return;
    }
    this.ledger.end(callEnd(call, { prompt: 'x'.repeat(prompt) }));
    this.expected.set(call.id, { state: 'ended', prompt });
    // Within the turn in which the answer ended, a killed process may lose its end.
    await turn();
  }

  /** The process is killed; the next one finds its files. The killed one goes on with files that nobody reads. */
  private crash(torn: string): void {
    const next = join(this.root, String(this.former.length + 1));
    cpSync(this.folder, next, { recursive: true });
    const files = readdirSync(join(next, 'pod')).filter((name) => name.endsWith('.ndjson'));
    const last = files.sort().at(-1);
    if (last !== undefined) appendFileSync(join(next, 'pod', last), torn);
    this.kill();
    for (const { id } of this.open) this.expected.set(id, { state: 'abandoned', prompt: 0 });
    this.open = [];
    this.folder = next;
    ({ ledger: this.ledger, told: this.told } = this.openLedger());
  }

  private kill(): void {
    this.former.push(this.ledger);
    this.killed.abort();
    this.killed = new AbortController();
  }

  private openLedger() {
    const { database } = this;
    const { signal } = this.killed;
    const refuse = async () => Promise.reject(new Error('Connection terminated'));
    const opened = openCallLedger({
      writer: {
        write: (...call) => (signal.aborted ? refuse() : database.write(...call)),
        writeChecked: (...call) => (signal.aborted ? refuse() : database.writeChecked(...call)),
      },
      database: { query: (...call) => (signal.aborted ? refuse() : database.query(...call)) },
      ...{ folder: this.folder, maxBytes: MAX_BYTES, maxMemoryBytes: 2500, segmentBytes: 1500 },
      waiting: { random: () => 0.5, elapsedMs: () => this.clock + performance.now(), sleep: pause },
    });
    opened.ledger.run();
    return opened;
  }
}

test('every call is in the ledger once, through outages and crashes, in bounded files (property)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80 }), async (steps) => {
      const pod = new Pod();
      for (const one of steps) await pod.take(one);
      await pod.finish();
      const { rows, underWay, refused } = pod.database;
      const stored = [...rows].map(([id, { state, record }]) => [
        id,
        { state, prompt: String(record['prompt'] ?? '').length },
      ]);
      expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(pod.expected));
      expect(refused).toEqual([]);
      await until(async () => expect(underWay.size).toBe(0));
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 20) },
  );
});
