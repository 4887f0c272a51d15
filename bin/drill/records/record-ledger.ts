import type { RecordCall } from './record-calls';

/** What `POST /api/v1/requests` answers. */
export interface IngestAnswer {
  readonly ids: readonly (string | null)[];
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[];
}

/** A row as it is stored. */
export interface StoredRow {
  readonly marker: string;
  readonly id: string;
  readonly status: string;
}

/** What became of the records that were first sent in one phase of a drill. */
export interface PhaseCounts {
  /** Records that were sent. */
  readonly sent: number;
  /** Records that an answer called stored: accepted, or a duplicate. */
  readonly toldStored: number;
  /** Records of which the table has a row, whether the client got an answer or not. */
  readonly stored: number;
  /** Records that were called stored and are not: no row, another id than the answer's, or an end that is missing. */
  readonly lost: number;
  /** Records with more than one row. */
  readonly twice: number;
  /** Records that were refused; a drill sends none that may be. */
  readonly refused: number;
  /** Answers that came in the phase, by status; `cut` is no answer: refused, broken off, or none in time. */
  readonly answers: Readonly<Record<string, number>>;
}

/** A record as the clients know it. */
interface Entry {
  readonly phase: string;
  /** Ids that answers gave. */
  readonly ids: Set<string>;
  /** Whether an answer called the end of the request stored. */
  ended: boolean;
  refused: boolean;
}

/** What the clients were told, to be compared with what is stored. */
export class RecordLedger {
  private readonly entries = new Map<string, Entry>();
  private readonly answers = new Map<string, Map<string, number>>();

  /** Notes that a call's records are about to be sent for the first time. */
  send(phase: string, { records }: RecordCall): void {
    for (const { marker } of records) {
      if (!this.entries.has(marker)) {
        this.entries.set(marker, { phase, ids: new Set(), ended: false, refused: false });
      }
    }
  }

  /** Counts an answer. @param status of HTTP, or `cut` */
  answer(phase: string, status: string): void {
    const counts = this.answers.get(phase) ?? new Map<string, number>();
    this.answers.set(phase, counts.set(status, (counts.get(status) ?? 0) + 1));
  }

  /** Notes what an answer says about each record of its call. */
  told({ records }: RecordCall, { ids, rejected }: IngestAnswer): void {
    const refused = new Set(rejected.map(({ index }) => index));
    for (const [index, { marker, status }] of records.entries()) {
      const entry = this.entries.get(marker);
      if (entry === undefined) continue;
      if (refused.has(index)) {
        entry.refused = true;
        continue;
      }
      // An answer without the id of a stored record is as wrong as one with an id that is not stored.
      entry.ids.add(ids[index] ?? 'no id');
      if (status === 'completed') entry.ended = true;
    }
  }

  /** Compares what clients were told with the table, by the phase in which each record was first sent. */
  compare(rows: readonly StoredRow[]): Record<string, PhaseCounts> {
    const byMarker = Map.groupBy(rows, ({ marker }) => marker);
    const byPhase = Map.groupBy(this.entries, ([, { phase }]) => phase);
    const counts = (entries: readonly (readonly [string, Entry])[], phase: string): PhaseCounts => {
      const having = (test: (entry: Entry, found: readonly StoredRow[]) => boolean) =>
        entries.filter(([marker, entry]) => test(entry, byMarker.get(marker) ?? [])).length;
      return {
        sent: entries.length,
        toldStored: having(({ ids }) => ids.size > 0),
        stored: having((_, found) => found.length > 0),
        lost: having(isLost),
        twice: having((_, found) => found.length > 1),
        refused: having(({ refused }) => refused),
        answers: Object.fromEntries([...(this.answers.get(phase) ?? [])].sort()),
      };
    };
    return Object.fromEntries([...byPhase].map(([phase, entries]) => [phase, counts(entries, phase)]));
  }
}

function isLost({ ids, ended }: Entry, found: readonly StoredRow[]): boolean {
  const missing = [...ids].some((id) => !found.some((row) => row.id === id));
  return missing || (ended && !found.some(({ status }) => status === 'completed'));
}
