import type { Client } from 'pg';
import type { RecordWriter } from '../../service/gateway/ledger/ledger-props';
import {
  type StorableRecord,
  type StoreOutcome,
  storeRecords,
} from '../../service/gateway/ledger/store-records';
import { timeOfId } from '../../service/requests/record/record-id';
import type { GapCall } from './gap-result';
import { type Evidence, type Owner, repairOf, type Source } from './repair';
import { storedCalls } from './stored-calls';

/** Calls of one comparison, and of one write. */
export const BATCH = 500;

/** Calls that a result lists. */
const LISTED = 1000;

export interface GapFillerProps {
  readonly client: Client;
  /** Null: nothing is written. */
  readonly writer: RecordWriter | null;
  /** Whose calls are taken to be that only the report has; null: they are not filled. */
  readonly owner: Owner | null;
  /** Calls from before are not of the gap. */
  readonly from: Date;
  /** Calls from this instant on are not of the gap. */
  readonly to: Date;
}

/** Compares calls with their rows, batch by batch, and writes what is missing. */
export class GapFiller {
  complete = 0;
  withoutOwner = 0;
  filled = 0;
  refused = 0;
  failed = 0;
  readonly gap: Record<Source, number> = {
    journal: 0,
    former: 0,
    'identity and report': 0,
    report: 0,
    start: 0,
  };
  private readonly good: GapCall[] = [];
  private readonly bad: GapCall[] = [];

  constructor(private readonly props: GapFillerProps) {}

  /** The first calls of the gap, those that could not be written first. */
  get calls(): GapCall[] {
    return [...this.bad, ...this.good].slice(0, LISTED);
  }

  /** Compares calls, no id twice. */
  async take(evidence: readonly Evidence[]): Promise<void> {
    const inTime = evidence.filter(({ id }) => this.isInTime(id));
    for (let start = 0; start < inTime.length; start += BATCH) {
      await this.takeBatch(inTime.slice(start, start + BATCH));
    }
  }

  private isInTime(id: string): boolean {
    const time = timeOfId(id);
    return time >= this.props.from && time < this.props.to;
  }

  private async takeBatch(evidence: readonly Evidence[]): Promise<void> {
    const { client, owner, writer } = this.props;
    const stored = await storedCalls(
      client,
      evidence.map(({ id }) => id),
    );
    const found: { readonly record: StorableRecord; readonly call: GapCall }[] = [];
    for (const one of evidence) {
      const row = stored.get(one.id);
      const repair = repairOf(one, row, owner);
      if (repair.kind === 'none') this.complete += 1;
      else if (repair.kind === 'no owner') this.withoutOwner += 1;
      else {
        this.gap[repair.source] += 1;
        const before = row === undefined || row.state === 'ended' ? 'missing' : row.state;
        found.push({ record: repair.record, call: listedCall(repair.record, repair.source, before) });
      }
    }
    const records = found.map(({ record }) => record);
    const outcomes = writer === null ? [] : await storeRecords(writer, records);
    for (const [index, { call }] of found.entries()) this.note(call, outcomes[index]);
  }

  private note(call: GapCall, outcome: StoreOutcome | undefined): void {
    if (outcome === undefined) this.good.push(call);
    else if (outcome.kind === 'stored') {
      this.filled += 1;
      this.good.push({ ...call, outcome: 'filled' });
    } else if (outcome.kind === 'rejected') {
      this.refused += 1;
      this.bad.push({ ...call, outcome: 'refused', reason: outcome.rejection.message });
    } else {
      // A poisonous record fails by itself, such as one of a project that the restored database does not have.
      const isRefused = outcome.kind === 'poison';
      if (isRefused) this.refused += 1;
      else this.failed += 1;
      this.bad.push({ ...call, outcome: isRefused ? 'refused' : 'failed', reason: outcome.error.message });
    }
    this.good.splice(LISTED);
    this.bad.splice(LISTED);
  }
}

function listedCall(
  { projectId, record }: StorableRecord,
  source: Source,
  before: GapCall['before'],
): GapCall {
  const { id } = record;
  return {
    ...{ id, startedAt: timeOfId(id).toISOString(), project: projectId, source, before, outcome: 'listed' },
    user: String(record['user']),
    model: String(record['model']),
  };
}
