import { abandonedCall } from '../../service/gateway/ledger/entry-of-call';
import type { CallRecord, EndEntry, StartEntry } from '../../service/gateway/ledger/journal-entry';
import type { StorableRecord } from '../../service/gateway/ledger/store-records';
import { MAX_TAGS } from '../../service/requests/record';
import type { RequestState } from '../../service/requests/record/request-states';
import type { ReportedCall } from './reported-call';

/** What is known of a call outside the restored database; at least one of the four. */
export interface Evidence {
  /** Id of the call, a UUIDv7. */
  readonly id: string;
  /** The journal's line of its start. @default - none */
  readonly start?: StartEntry;
  /** The journal's line of its end. @default - none */
  readonly end?: EndEntry;
  /** The row of the database from before the restore. @default - none */
  readonly former?: StorableRecord;
  /** What the provider says. @default - nothing */
  readonly reported?: ReportedCall | undefined;
}

/** A row of the restored database: its state, and whose call it is. */
export interface StoredCall extends CallRecord {
  readonly state: Exclude<RequestState, 'absent'>;
}

/**
 * Where a repaired row comes from:
 * - `journal`: the gateway's own line of the end; the row is exact;
 * - `former`: the row of the database from before the restore, priced again;
 * - `identity and report`: user, key and tags from the journal's start or from the restored row, tokens from the report;
 * - `report`: tokens from the report; user, key and tags are unknown;
 * - `start`: the call has no known end; its cost is estimated from its input.
 */
export type Source = 'journal' | 'former' | 'identity and report' | 'report' | 'start';

/** What is to be done about a call. */
export type Repair =
  /** Nothing: the row is there, or nothing better is known. */
  | { readonly kind: 'none' }
  /** A row is missing or has not ended. */
  | { readonly kind: 'fill'; readonly source: Source; readonly record: StorableRecord }
  /** A row is missing, and nobody knows whose call it was. */
  | { readonly kind: 'no owner' };

/** Whose calls are taken to be that only the report has. */
export interface Owner {
  /** UUID. */
  readonly projectId: string;
  /** Name of the provider in `gateway.providers`, such as `openai`. */
  readonly provider: string;
}

/** Nil UUID (RFC 9562, 5.9): a key that nobody knows. */
export const UNKNOWN_KEY = '00000000-0000-0000-0000-000000000000';

/** User of calls whose user nobody knows. */
export const UNKNOWN_USER = 'unknown';

/** Error code of a failed call of which the report does not say why. */
const UNKNOWN_ERROR = 'unknown';

/** Tag of rows that come from a report, so that people find them. */
export const REPORT_TAG = { recovered_from: 'provider-report' } as const;

const NONE: Repair = { kind: 'none' };

/**
 * Decides what a call's row needs. Nothing is ever taken from a row that has ended, so a second run changes nothing.
 * @param stored the row; undefined where there is none
 * @param owner of calls that only the report has; null: they are not filled
 */
export function repairOf(
  { start, end, former, reported }: Evidence,
  stored: StoredCall | undefined,
  owner: Owner | null,
): Repair {
  if (stored?.state === 'ended') return NONE;
  if (end !== undefined) {
    const { kind: _, ...call } = end;
    return fill('journal', { ...call, isAbandoned: false });
  }
  if (former !== undefined) {
    return stored?.state === 'abandoned' && former.isAbandoned ? NONE : fill('former', former);
  }
  const identity = start ?? stored;
  if (reported !== undefined && identity !== undefined) {
    return fill('identity and report', reportedRecord(identity, reported));
  }
  if (start !== undefined) {
    // An estimate is not written over an estimate.
    if (stored?.state === 'abandoned') return NONE;
    return fill('start', { ...abandonedCall(start), characters: null, isAbandoned: true });
  }
  if (reported === undefined) return NONE;
  return owner === null
    ? { kind: 'no owner' }
    : fill('report', reportedRecord(ownedBy(owner, reported), reported));
}

function fill(source: Source, record: StorableRecord): Repair {
  return { kind: 'fill', source, record };
}

function ownedBy({ projectId, provider }: Owner, { id, model }: ReportedCall): CallRecord {
  return { projectId, keyId: UNKNOWN_KEY, record: { id, user: UNKNOWN_USER, provider, model } };
}

/** A row with the tokens of a report. */
function reportedRecord({ projectId, keyId, record }: CallRecord, reported: ReportedCall): StorableRecord {
  const { usage, tokens, failed } = reported;
  const tags = (record['tags'] ?? {}) as Readonly<Record<string, string>>;
  const outcome = failed ? { status: 'failed', error_code: UNKNOWN_ERROR } : { status: 'completed' };
  return {
    ...{ projectId, keyId, characters: null, isAbandoned: false },
    record: {
      ...record,
      ...outcome,
      ...(usage === undefined ? { tokens } : { usage }),
      tags: Object.keys(tags).length < MAX_TAGS ? { ...tags, ...REPORT_TAG } : tags,
    },
  };
}
