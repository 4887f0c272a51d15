/** `npm run bench:forecast`: what a forecast with its decision costs, rebuilt from history and with saved state. */

import { command, run } from '../cli/command';
import { formatFigures } from './forecast/format-figures';
import { measureForecasts } from './forecast/measure-forecasts';

const HELP = `Measures the forecaster and the adaptive rule on generated one-minute data.

Usage: npm run bench:forecast -- [options]

  --json   print the figures as JSON (npm run --silent bench:forecast -- --json)
  --help   print this

A forecast of 15 and 30 minutes and of the peak, and the decision from it. Rebuilt: trained and tested on the history.
With state: loaded from what was saved, five minutes later. Ratios compare with 15 days, all that a forecast ever
reads. Exit codes: 0 measured, 1 the call is wrong.`;

export const main = command({
  help: HELP,
  options: { json: { type: 'boolean', default: false } },
  run: ({ json }, { print }) => {
    const figures = measureForecasts();
    print(json ? JSON.stringify(figures, null, 2) : formatFigures(figures));
    return 0;
  },
});

if (require.main === module) run(main);
