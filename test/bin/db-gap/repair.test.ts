import {
  type Evidence,
  REPORT_TAG,
  repairOf,
  type StoredCall,
  UNKNOWN_KEY,
} from '../../../bin/db-gap/repair';
import type { ReportedCall } from '../../../bin/db-gap/reported-call';
import { endEntry, startEntry } from '../../../service/gateway/ledger/entry-of-call';
import type { StorableRecord } from '../../../service/gateway/ledger/store-records';
import { parseRecord } from '../../../service/requests/record/parse-record';
import { callEnd, callStart, KEY, PROJECT } from '../../service/gateway/ledger/ledger-parts';

const CALL = callStart();
const { id } = CALL;
const START = startEntry(CALL);
const END = endEntry(callEnd(CALL), 1000);
const OWNER = { projectId: '0b5f4a0e-5c7c-4e0f-9a52-0f2a52a9c0ff', provider: 'openai' };

const FORMER: StorableRecord = {
  ...{ projectId: PROJECT, keyId: KEY, record: END.record, characters: null, isAbandoned: false },
};

const reported = (changes: Partial<ReportedCall> = {}): ReportedCall => ({
  ...{ id, model: 'large', failed: false, tokens: { input: 90, output: 12 } },
  ...changes,
});

const stored = (state: StoredCall['state']): StoredCall => ({
  ...{ projectId: PROJECT, keyId: KEY, state },
  record: {
    id,
    user: 'ada',
    provider: 'openai',
    model: 'large',
    service_tier: null,
    tags: { team: 'search' },
  },
});

describe('what a row needs after a restore', () => {
  test.each<[string, Omit<Evidence, 'id'>, StoredCall['state'] | 'missing', string]>([
    ['a missing row is filled from its end', { start: START, end: END }, 'missing', 'journal'],
    ['an active row is ended', { end: END }, 'active', 'journal'],
    ['a row that was swept meanwhile gets its real end', { end: END }, 'abandoned', 'journal'],
    ['a row that has ended stays', { end: END }, 'ended', 'none'],
    ['the exact end wins over the report', { end: END, reported: reported() }, 'missing', 'journal'],
    [
      'a start gets its tokens from the report',
      { start: START, reported: reported() },
      'missing',
      'identity and report',
    ],
    [
      'an active row gets its tokens from the report',
      { reported: reported() },
      'active',
      'identity and report',
    ],
    [
      'an estimate is replaced by the report',
      { start: START, reported: reported() },
      'abandoned',
      'identity and report',
    ],
    ['a row that has ended needs no report', { reported: reported() }, 'ended', 'none'],
    ['a missing row is copied from the former database', { former: FORMER }, 'missing', 'former'],
    ['a row that has ended is not copied', { former: FORMER }, 'ended', 'none'],
    ['a row that was swept meanwhile gets the former end', { former: FORMER }, 'abandoned', 'former'],
    ['an abandoned row stays', { former: { ...FORMER, isAbandoned: true } }, 'abandoned', 'none'],
    ['the former row wins over the report', { former: FORMER, reported: reported() }, 'missing', 'former'],
    ['a start without anything else is estimated', { start: START }, 'missing', 'start'],
    ['an active row without an end is estimated', { start: START }, 'active', 'start'],
    ['an estimate is not estimated again', { start: START }, 'abandoned', 'none'],
    ['a call that only the report has goes to the owner', { reported: reported() }, 'missing', 'report'],
  ])('%s', (_, evidence, state, expected) => {
    const repair = repairOf({ id, ...evidence }, state === 'missing' ? undefined : stored(state), OWNER);
    expect(repair.kind === 'fill' ? repair.source : repair.kind).toBe(expected);
  });

  test('a call that only the report has is not filled without an owner', () => {
    expect(repairOf({ id, reported: reported() }, undefined, null)).toEqual({ kind: 'no owner' });
    // The owner is only for calls whose row is missing, too.
    expect(repairOf({ id, reported: reported() }, stored('active'), null)).toMatchObject({ kind: 'fill' });
  });
});

describe('a row from a report', () => {
  const recordOf = (evidence: Omit<Evidence, 'id'>, row?: StoredCall) => {
    const repair = repairOf({ id, ...evidence }, row, OWNER);
    if (repair.kind !== 'fill') throw new Error(`not filled: ${repair.kind}`);
    return repair.record;
  };

  test('keeps user, key and tags that are known', () => {
    for (const record of [
      recordOf({ start: START, reported: reported() }),
      recordOf({ reported: reported() }, stored('active')),
    ]) {
      expect(record).toMatchObject({ projectId: PROJECT, keyId: KEY, isAbandoned: false });
      expect(record.record).toMatchObject({
        ...{ id, user: 'ada', status: 'completed', tokens: { input: 90, output: 12 } },
        tags: { team: 'search', ...REPORT_TAG },
      });
    }
  });

  test('says that user, key and tags are unknown', () => {
    const { projectId, keyId, record } = recordOf({ reported: reported() });
    expect({ projectId, keyId }).toEqual({ projectId: OWNER.projectId, keyId: UNKNOWN_KEY });
    expect(record).toMatchObject({ user: 'unknown', provider: 'openai', model: 'large', tags: REPORT_TAG });
  });

  test('leaves the tag out where there is no room for it', () => {
    const tags = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`t${index}`, 'x']));
    const start = startEntry({ ...CALL, tags });
    expect(recordOf({ start, reported: reported() }).record['tags']).toEqual(tags);
  });

  test.each([
    ['completed', reported()],
    ['failed', reported({ failed: true, tokens: { input: 0, output: 0 } })],
    ['with a usage object', reported({ usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } })],
  ])('is a valid record: %s', (_, call) => {
    expect(parseRecord(recordOf({ reported: call }).record, 0)).toMatchObject({ ok: true });
    expect(parseRecord(recordOf({ start: START, reported: call }).record, 0)).toMatchObject({ ok: true });
  });
});
