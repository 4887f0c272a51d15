import { sleep } from 'k6';
import type { Options } from 'k6/options';
import { Client } from './client.ts';
import { commonOptions } from './common-options.ts';
import { readParameters } from './parameters.ts';
import { chain, rateOf } from './phases.ts';
import { llmThresholds } from './thresholds.ts';
import { users } from './users.ts';
import { visitor } from './visit.ts';

const parameters = readParameters(__ENV);
const { durationMs = 600_000, rampMs = 120_000 } = parameters;
const rate = rateOf(parameters);
const rates = chain(
  [
    { name: 'ramp_up', from: 0, to: rate, durationMs: rampMs, judged: false },
    { name: 'hold', from: rate, to: rate, durationMs, judged: true },
  ],
  parameters,
);
const concurrency = users(rates.endMs, { rampMs, durationMs }, parameters);

export const client = () => new Client(parameters);

/** Whether the objectives hold: the requests per second first, then the users at the same time. */
export const options: Options = {
  ...commonOptions('load', parameters),
  scenarios: { ...rates.scenarios, ...concurrency.scenarios },
  thresholds: { ...rates.thresholds, ...concurrency.thresholds, ...llmThresholds(parameters) },
};

const self = client();
const visit = visitor(self);

export default visit;

/** A user thinks, then asks. */
export function user(): void {
  sleep(self.pauseSeconds());
  visit();
}
