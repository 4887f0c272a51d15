#!/usr/bin/env node
/** `npm run load`: the k6 scripts of test/load/ without k6, against a server on this machine. */
import { performance } from 'node:perf_hooks';
import { command, run, UsageError } from './cli/command';
import { numberWithin, oneOf, pair } from './cli/option-values';
import { reportLines } from './load/report/threshold-table';
import { runLoad } from './load/run-load';
import { SCENARIOS } from './load/script';
import { BEHAVIOURS } from './load/stub-api';
import { loopbackOrigin } from './load/target';

const HELP = `Runs a load test of test/load/ on this machine: its scenarios, scaled down, and its thresholds.

Usage: npm run load -- --scenario <name> [options]

  --scenario <name>     ${SCENARIOS.join(', ')}
  --server <behaviour>  behaviour of the command's own server: good, slow (1.2 s), failing (20 % errors), limited
                        (125 requests per second), down (default: good)
  --target <url>        a server of yours instead, on loopback only: http://127.0.0.1:8080
  --seconds <n>         length of the run; the script's durations, and the requests of smoke, are scaled to it
                        (default: 10)
  --rate-scale <n>      factor on the script's rates and users (default: 0.1)
  -e, --env NAME=value  a parameter of the script, as k6 takes it (docs/load-testing.md); may be repeated
  --json                print the results as JSON (npm run --silent load -- --json)
  --help                print this

Test deployed environments with k6 itself: docs/load-testing.md.
Exit codes, the same as k6's: 0 passed, 99 thresholds crossed; 1 the call is wrong.`;

/** k6's exit code of a test whose thresholds were crossed. */
const THRESHOLDS_CROSSED = 99;

/** Parameters that the command sets itself, from its other options. */
const OWN_PARAMETERS = ['BASE_URL', 'RATE_SCALE', 'TIME_SCALE'];

export const main = command({
  help: HELP,
  options: {
    scenario: { type: 'string' },
    server: { type: 'string' },
    target: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    'rate-scale': { type: 'string', default: '0.1' },
    env: { type: 'string', short: 'e', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
  run: async ({ server, target, json, ...options }, { print }) => {
    if (options.scenario === undefined) throw new UsageError('--scenario <name> is needed; see --help');
    if (server !== undefined && target !== undefined) {
      throw new UsageError('either --server or --target: with --target the server is your own');
    }
    const scenario = oneOf('scenario', options.scenario, SCENARIOS);
    const result = await runLoad({
      scenario,
      server:
        target === undefined
          ? oneOf('server', server ?? 'good', BEHAVIOURS)
          : { origin: loopbackOrigin('--target', target) },
      seconds: numberWithin('seconds', options.seconds, { least: 0.5, most: 600 }),
      rateScale: numberWithin('rate-scale', options['rate-scale'], { least: 0.001, most: 1 }),
      rampSeconds: null,
      parameters: parametersOf(options.env),
      now: () => performance.now(),
    });
    const lines = json ? [JSON.stringify({ scenario, ...result }, null, 2)] : reportLines(scenario, result);
    for (const line of lines) print(line);
    return result.thresholds.every(({ passed }) => passed) ? 0 : THRESHOLDS_CROSSED;
  },
});

/** Parameters of the script by name; of two with one name the last one counts, as in k6. */
function parametersOf(options: readonly string[]): Record<string, string> {
  const pairs = options.map((option) => pair('env', 'NAME=value', option));
  const own = pairs.find(([name]) => OWN_PARAMETERS.includes(name));
  if (own !== undefined) {
    throw new UsageError(`--env ${own[0]} is set by --target, --rate-scale and --seconds`);
  }
  return Object.fromEntries(pairs);
}

if (require.main === module) run(main);
