import { CallLedger } from '../../../../service/gateway/ledger/call-ledger';
import type { CallEnd, CallStart } from '../../../../service/gateway/ledger/call-record';
import type {
  CallLedgerProps,
  LedgerFailure,
  LedgerTiming,
} from '../../../../service/gateway/ledger/ledger-props';
import { newRecordId } from '../../../../service/requests/record/record-id';

export const PROJECT = '0b5f4a0e-5c7c-4e0f-9a52-0f2a52a9c001';

/** Key of the calls. */
export const KEY = '0b5f4a0e-5c7c-4e0f-9a52-0f2a52a9c00a';

/** Times that let tests see within milliseconds what takes seconds in a pod. */
export const FAST: Partial<LedgerTiming> = {
  ...{ tickMs: 2, underWayMs: 5, renewMs: 20, sweepMs: 20, leaseMs: 200, minBackoffMs: 4, maxBackoffMs: 20 },
};

/** A start of the tests. */
export function callStart(changes: Partial<CallStart> = {}): CallStart {
  return {
    id: newRecordId(new Date('2026-11-15T12:30:00.000Z')),
    projectId: PROJECT,
    keyId: KEY,
    ...{ user: 'ada', provider: 'openai', model: 'large', serviceTier: null, tags: { team: 'search' } },
    promptCharacters: 400,
    ...changes,
  };
}

/** The end of a call, with its provider's usage. */
export function callEnd(
  { promptCharacters: _, ...start }: CallStart,
  changes: Partial<CallEnd> = {},
): CallEnd {
  return {
    ...start,
    ...{ status: 'completed', errorCode: null, latencyMs: 812, cacheHit: false, prompt: 'Say hello' },
    usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
    ...changes,
  };
}

/** What a ledger of the tests told. */
export interface Told {
  abandoned: number;
  readonly failures: Record<LedgerFailure, number>;
  readonly lines: {
    readonly level: string;
    readonly fields: Record<string, unknown>;
    readonly message: string;
  }[];
}

/** Opens a ledger that remembers what it tells. */
export function openCallLedger(
  props: Pick<CallLedgerProps, 'writer' | 'database' | 'folder'> & Partial<CallLedgerProps>,
): { ledger: CallLedger; told: Told } {
  const told: Told = {
    abandoned: 0,
    failures: { journal: 0, database: 0, refused: 0, lost: 0 },
    lines: [],
  };
  const note = (level: string) => (fields: object, message?: string) => {
    told.lines.push({ level, fields: fields as Record<string, unknown>, message: String(message) });
  };
  const ledger = new CallLedger({
    podName: 'pod',
    maxBytes: 64 * 1024 * 1024,
    timing: FAST,
    log: { info: note('info'), warn: note('warn'), error: note('error') } as CallLedgerProps['log'],
    events: {
      onAbandoned: (count) => {
        told.abandoned += count;
      },
      onFailure: (kind, count) => {
        told.failures[kind] += count;
      },
    },
    ...props,
  });
  return { ledger, told };
}
