import type { Options } from 'k6/options';
import { Client } from './client.ts';
import { commonOptions } from './common-options.ts';
import { readParameters } from './parameters.ts';
import { chain, rateOf } from './phases.ts';
import { llmThresholds } from './thresholds.ts';
import { visitor } from './visit.ts';

const QUARTERS = [1, 2, 3, 4];

const parameters = readParameters(__ENV);
const { durationMs = 14_400_000, rampMs = 300_000, soakPercent } = parameters;
const rate = rateOf(parameters, soakPercent / 100);
const { scenarios, thresholds } = chain(
  [
    { name: 'ramp_up', from: 0, to: rate, durationMs: rampMs, judged: false },
    // Each by itself: what leaks is slow in the last quarter and not in the mean.
    ...QUARTERS.map((quarter) => ({
      name: `quarter_${quarter}`,
      from: rate,
      to: rate,
      durationMs: durationMs / QUARTERS.length,
      judged: true,
    })),
  ],
  parameters,
);

export const client = () => new Client(parameters);

/** Whether hours under load change anything: memory, connections, disks, credentials that expire. */
export const options: Options = {
  ...commonOptions('soak', parameters),
  scenarios,
  thresholds: { ...thresholds, ...llmThresholds(parameters) },
};

export default visitor(client());
