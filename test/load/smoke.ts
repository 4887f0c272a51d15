import type { Options } from 'k6/options';
import { Client } from './client.ts';
import { commonOptions } from './common-options.ts';
import { duration } from './duration.ts';
import { readParameters } from './parameters.ts';
import { llmThresholds, scenarioThresholds } from './thresholds.ts';
import { visitor } from './visit.ts';

/** Times that each request of the mix is sent, before the time scale. */
const ROUNDS = 20;
/** Fewest times, whatever the time scale. */
const LEAST_ROUNDS = 3;
/** Limit of the test's length, ms. */
const MOST_MS = 60_000;

const parameters = readParameters(__ENV);
const { mix, timeScale, timeoutMs } = parameters;
const iterations = mix.length * Math.max(LEAST_ROUNDS, Math.round(ROUNDS * timeScale));

export const client = () => new Client(parameters, 'in-turn');

/** Whether the API is there and answers right: every request of the mix, in turn, by a handful of users. */
export const options: Options = {
  ...commonOptions('smoke', parameters),
  scenarios: {
    smoke: {
      executor: 'shared-iterations',
      vus: mix.length,
      iterations,
      // A limit and no length, so it is not scaled: the test ends with its iterations, however slow the machine is.
      maxDuration: duration(parameters.durationMs ?? MOST_MS),
      gracefulStop: duration(timeoutMs),
    },
  },
  thresholds: {
    ...scenarioThresholds(
      { scenario: 'smoke', startMs: 0, atFullLoad: true, leastRequests: iterations },
      parameters,
    ),
    ...llmThresholds(parameters),
  },
};

export default visitor(client());
