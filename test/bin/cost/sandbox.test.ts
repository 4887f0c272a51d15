import { DEFAULT_ASSUMPTIONS } from '../../../bin/cost/assumptions';
import { estimateEnvironment } from '../../../bin/cost/estimate-environment';
import { instanceTypeOf } from '../../../bin/cost/kubernetes/instance-types';
import { priceTables } from '../../../bin/cost/prices/price-table';

/** Most that a day of the sandbox may cost, USD. */
const MOST_A_DAY = 10;
const DAYS_A_MONTH = 730 / 24;

/** List price of the first tier of logs that services write, USD a GB; the table has no source for it. */
const VENDED_LOGS_GB = 0.5;

test('the sandbox costs less than 10 USD a day', () => {
  const settings = { instance: instanceTypeOf('m7i.large'), assumptions: DEFAULT_ASSUMPTIONS };
  const { lines, total, uncovered } = estimateEnvironment('sandbox', settings, (region) =>
    priceTables(region),
  );
  const unpriced = lines.filter(({ usd }) => usd === null);
  const logs = unpriced
    .filter(({ priceKey }) => priceKey === 'logs.vended.gb')
    .reduce((sum, { quantity }) => sum + quantity.expected * VENDED_LOGS_GB, 0);
  expect(uncovered).toEqual([]);
  expect(unpriced.map(({ priceKey }) => priceKey).filter((key) => key !== 'logs.vended.gb')).toEqual([
    'cloudfront.origin.gb',
  ]);
  expect((total.expected + logs) / DAYS_A_MONTH).toBeLessThan(MOST_A_DAY);
});
