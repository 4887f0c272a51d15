import fc from 'fast-check';
import { hasTooManyValues, MAX_JSON_VALUES } from '../../../service/requests/record/json-values';

/** Commas and opening brackets outside of strings, found by taking the strings out. */
function countValues(json: string): number {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/[^,[{]/g, '').length;
}

describe('the bound on the values of a body', () => {
  test('counts what is outside of strings (property)', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.string({ unit: fc.constantFrom('"', '\\', ',', '[', 'a') }),
        (value, text) => {
          const inner = `${JSON.stringify(value)},${JSON.stringify(text)},`;
          const times = Math.ceil((300 * 1024) / inner.length);
          const json = `[${inner.repeat(times)}0]`;
          expect(hasTooManyValues(json)).toBe(countValues(json) > MAX_JSON_VALUES);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('ends with a text whose last string has no end', () => {
    expect(hasTooManyValues(`["${'\\"'.repeat(200_000)}`)).toBe(false);
  });
});
