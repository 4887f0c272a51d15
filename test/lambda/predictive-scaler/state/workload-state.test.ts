import { serialize } from 'node:v8';
import {
  decodeState,
  encodeState,
  type WorkloadState,
} from '../../../../lambda/predictive-scaler/state/workload-state';

const state: WorkloadState = {
  source: 'a metric',
  loads: { stepMinutes: 5, firstMinute: 1000, loads: Float64Array.of(1, Number.NaN, 3) },
  measuredUntil: Number.NEGATIVE_INFINITY,
  goodMinute: 1015,
  waitingSince: 1010,
  decision: {
    slotMinute: 1015,
    runId: 'run',
    mode: 'act',
    floor: 7,
    base: 3,
    leaseEndMinute: 1035,
    reason: 'as-wanted',
    recentlyWanted: [5, 7],
  },
  models: Uint8Array.of(1, 2, 3),
};

test('a state comes back as it was, gaps and all', () => {
  const decoded = decodeState(encodeState(state)) as WorkloadState;
  expect(decoded).toMatchObject({ ...state, loads: expect.anything(), models: expect.anything() });
  expect([...decoded.loads.loads]).toEqual([1, Number.NaN, 3]);
  expect([...(decoded.models ?? [])]).toEqual([1, 2, 3]);
});

it.each([
  ['no state at all', Buffer.from('nothing'), 'a state that cannot be read'],
  ['nothing', serialize(null), 'a state of version undefined, not 1'],
  ['another version', serialize({ format: 2, ...state }), 'a state of version 2, not 1'],
  [
    'no loads',
    serialize({ format: 1, ...state, loads: undefined }),
    'a state with missing or invalid fields',
  ],
  [
    'an odd start',
    encodeState({ ...state, loads: { ...state.loads, firstMinute: 1001 } }),
    'a state with missing or invalid fields',
  ],
  [
    'half a decision',
    encodeState({ ...state, decision: { floor: 3 } as never }),
    'a state with missing or invalid fields',
  ],
])('%s is a reason to rebuild', (_, bytes, reason) => {
  expect(decodeState(bytes)).toEqual({ reason });
});
