/** `npm run bench:scaler`: what the bundled scaler costs: its start, a run, and runs of many workloads. */

import { command, run } from '../cli/command';
import { formatFigures } from './scaler/format-figures';
import { missedGoals } from './scaler/goals';
import { measureScaler } from './scaler/measure-scaler';

const HELP = `Measures the scaler as it is deployed: bundled, in a process of its own under the Lambda Runtime API, with
CloudWatch, S3, Scheduler and Kubernetes on loopback. Services have 15 days of generated one-minute data.

Usage: npm run bench:scaler -- [options]

  --json   print the figures as JSON (npm run --silent bench:scaler -- --json)
  --help   print this

First run: one service without state, which is trained in it. Warm runs: models are loaded, as in all runs of a day
but one; the fastest of three. Goals: start 300 ms, warm run 1 s and 256 MiB for one service, 60 s and 512 MiB for 100.
Exit codes: 0 within the goals, 1 a goal is missed or the call is wrong.`;

export const main = command({
  help: HELP,
  options: { json: { type: 'boolean', default: false } },
  run: async ({ json }, { print }) => {
    const figures = await measureScaler(Math.floor(Date.now() / 60_000));
    print(json ? JSON.stringify(figures, null, 2) : formatFigures(figures));
    return missedGoals(figures).length === 0 ? 0 : 1;
  },
});

if (require.main === module) run(main);
