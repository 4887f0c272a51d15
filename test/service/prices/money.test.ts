import fc from 'fast-check';
import {
  divideHalfEven,
  formatDecimal,
  formatUsd,
  parseDecimal,
  parseUsd,
} from '../../../service/prices/money';

test.each([
  ['0', 0n],
  ['3.75', 3_750_000_000_000n],
  ['0.000000000001', 1n],
  ['2.5e-7', 250_000n],
  ['1E3', 1_000_000_000_000_000n],
  [' 1.50 ', 1_500_000_000_000n],
  ['-0.01', -10_000_000_000n],
  ['5.', 5_000_000_000_000n],
])('%s USD are %s pico-USD', (text, pico) => {
  expect(parseUsd(text)).toBe(pico);
});

test.each(['', '.5', 'NaN', '1,5', '0x10', 'Infinity', '1e-13', '0.0000000000001', '1 000', '$1'])(
  '%s is no amount',
  (text) => {
    expect(parseUsd(text)).toBeUndefined();
  },
);

test.each([
  [285_000_000n, 10, '0.0002850000'],
  [150n, 10, '0.0000000002'], // half goes to the even neighbour
  [50n, 10, '0.0000000000'],
  [250n, 10, '0.0000000002'],
  [-150n, 10, '-0.0000000002'],
  [1_999_999_999_999n, 0, '2'],
  [1n, 12, '0.000000000001'],
])('%s pico-USD with %s decimals are %s', (pico, decimals, text) => {
  expect(formatUsd(pico, decimals)).toBe(text);
});

test('what is formatted is parsed to the same amount', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.integer({ min: 0, max: 30 }),
      (value, decimals) => {
        expect(parseDecimal(formatDecimal(value, decimals), decimals)).toBe(value);
      },
    ),
  );
});

test('a quotient is at most half a divisor away, and even in the middle', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.bigInt({ min: 1n, max: 10n ** 9n }),
      (value, divisor) => {
        const rest = value - divideHalfEven(value, divisor) * divisor;
        const twice = 2n * (rest < 0n ? -rest : rest);
        expect(twice <= divisor).toBe(true);
        if (twice === divisor) expect(divideHalfEven(value, divisor) % 2n).toBe(0n);
      },
    ),
  );
});
