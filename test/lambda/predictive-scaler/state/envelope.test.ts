import fc from 'fast-check';
import { open, seal } from '../../../../lambda/predictive-scaler/state/envelope';

const STATE = Buffer.from('the state of a workload, long enough to be compressed, compressed, compressed');

it('opens what it sealed, whatever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      expect(open(seal(bytes))).toEqual({ state: Buffer.from(bytes) });
    }),
  );
});

it('never believes what lacks its end', () => {
  const sealed = seal(STATE);
  for (let length = 0; length < sealed.length; length += 1) {
    expect(open(sealed.subarray(0, length))).toHaveProperty('reason');
  }
});

it('never gives another state, whichever byte is wrong', () => {
  const sealed = seal(STATE);
  for (let index = 0; index < sealed.length; index += 1) {
    const wrong = Buffer.from(sealed);
    wrong[index] = (wrong[index] as number) ^ 0x55;
    const opened = open(wrong);
    // Some bytes of gzip's own header mean nothing.
    if ('state' in opened) expect(opened.state).toEqual(STATE);
    else expect(opened.reason).toMatch(/state/);
  }
});

it.each<[what: string, change: (sealed: Buffer) => Buffer, reason: string]>([
  [
    'another file',
    () => Buffer.from('{"a": "JSON file of somebody else, which is long enough"}'),
    'not a state of the scaler',
  ],
  ['nothing', () => Buffer.alloc(0), 'not a state of the scaler'],
  ['a later format', (sealed) => withBytes(sealed, 4, [0, 2]), 'a state of format 2, not 1'],
  ['a torn end', (sealed) => sealed.subarray(0, -5), 'a truncated state'],
  ['a shorter length', (sealed) => withBytes(sealed, 6, [0, 0, 0, 5]), 'a truncated state'],
  [
    'a huge length',
    (sealed) => withBytes(sealed, 6, [255, 0, 0, 0]),
    'a state of 4278190080 bytes, more than 33554432',
  ],
  ['another checksum', (sealed) => withBytes(sealed, 10, [0, 0]), 'a state with a wrong checksum'],
])('says why it does not take %s', (_, change, reason) => {
  expect(open(change(seal(STATE)))).toEqual({ reason });
});

it('throws for a state that is too long to be read again', () => {
  expect(() => seal(new Uint8Array(32 * 1024 * 1024 + 1))).toThrow('at most 33554432 bytes, got 33554433');
});

function withBytes(sealed: Buffer, offset: number, bytes: readonly number[]): Buffer {
  const changed = Buffer.from(sealed);
  changed.set(bytes, offset);
  return changed;
}
