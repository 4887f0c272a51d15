import {
  OverloadSpell,
  READY_AFTER_MS,
  UNREADY_AFTER_MS,
} from '../../../../service/http/admission/overload-spell';

/** Looks at a pod: time since the first look, whether it is under pressure, whether it is then unready. */
type Look = [atMs: number, isUnderPressure: boolean, isUnready: boolean];

test.each<[string, Look[]]>([
  [
    'stays ready through a spike',
    [
      [0, true, false],
      [UNREADY_AFTER_MS - 1, true, false],
      [UNREADY_AFTER_MS, false, false],
    ],
  ],
  [
    'is unready after a spell',
    [
      [0, true, false],
      [UNREADY_AFTER_MS, true, true],
    ],
  ],
  [
    'stays ready where a moment without pressure is in between',
    [
      [0, true, false],
      [UNREADY_AFTER_MS - 1, false, false],
      [UNREADY_AFTER_MS, true, false],
      [UNREADY_AFTER_MS + 1, true, false],
    ],
  ],
  [
    'is ready again after some time without pressure, and not at once',
    [
      [0, true, false],
      [UNREADY_AFTER_MS, true, true],
      [UNREADY_AFTER_MS + 1, false, true],
      [UNREADY_AFTER_MS + READY_AFTER_MS, false, true],
      [UNREADY_AFTER_MS + READY_AFTER_MS + 1, false, false],
    ],
  ],
])('a pod %s', (_name, looks) => {
  const spell = new OverloadSpell();
  expect(looks.map(([atMs, isUnderPressure]) => spell.see(isUnderPressure, 500 + atMs))).toEqual(
    looks.map(([, , isUnready]) => isUnready),
  );
});
