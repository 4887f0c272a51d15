#!/usr/bin/env node
/** `npm run load`: the k6 scripts of test/load/ without k6, against a server on this machine. */
import { performance } from 'node:perf_hooks';
import { expectedLines, run, type Terminal } from './cli/command';
import { lengthOfAll } from './load/k6-options';
import {
  DEFAULT_RATE_SCALE,
  DEFAULT_SECONDS,
  type LoadOptions,
  readOptions,
  SCENARIOS,
} from './load/options';
import { reportLines } from './load/report';
import { runScript, type ScriptResult } from './load/run-script';
import { bundleScript, evaluateScript, type Script } from './load/script';
import { StubApi } from './load/stub-api';

const HELP = `Runs a load test of test/load/ on this machine: its scenarios, scaled down, and its thresholds.

Usage: npm run load -- --scenario <name> [options]

  --scenario <name>     ${SCENARIOS.join(', ')}
  --server <behaviour>  of our own server: good, slow (1.2 s), failing (20 % errors), limited (125 requests per
                        second), down (default: good)
  --target <url>        or a server of yours, on loopback only: http://127.0.0.1:8080
  --seconds <n>         length of the run; the script's durations are scaled to it (default: ${DEFAULT_SECONDS})
  --rate-scale <n>      what rates and users are multiplied with (default: ${DEFAULT_RATE_SCALE})
  -e, --env NAME=value  a parameter of the script, as k6 takes it (docs/load-testing.md); any number of them
  --json                print the results as JSON (npm run --silent load -- --json)
  --help                print this

Deployed environments are for k6 itself: docs/load-testing.md.
Exit codes, as k6 has them: 0 passed, 99 thresholds crossed; 1 the call cannot be meant so.`;

/** k6's exit code of a test whose thresholds were crossed. */
const THRESHOLDS_CROSSED = 99;

const now = () => performance.now();

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const options = readOptions(argv);
    if (options === 'help') {
      terminal.print(HELP);
      return 0;
    }
    const result = await runLoad(options);
    const { scenario, json } = options;
    const lines = json ? [JSON.stringify({ scenario, ...result }, null, 2)] : reportLines(scenario, result);
    for (const line of lines) terminal.print(line);
    return result.thresholds.every(({ passed }) => passed) ? 0 : THRESHOLDS_CROSSED;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

async function runLoad(options: LoadOptions): Promise<ScriptResult> {
  if (typeof options.server !== 'string') {
    return runScript(await readScript(options, options.server.origin), options.server.origin, now);
  }
  const api = new StubApi(options.server, now);
  try {
    const origin = await api.listen();
    return await runScript(await readScript(options, origin), origin, now);
  } finally {
    await api.close();
  }
}

/** The script, in the time of the run: read once to know how long it is, and once more scaled. */
async function readScript(
  { scenario, seconds, rateScale, env }: LoadOptions,
  origin: string,
): Promise<Script> {
  const code = await bundleScript(scenario);
  const scaled = { ...env, BASE_URL: origin, RATE_SCALE: String(rateScale) };
  const { options } = evaluateScript(scenario, code, scaled);
  const timeScale = Math.min(1, (seconds * 1000) / lengthOfAll(options));
  return evaluateScript(scenario, code, { ...scaled, TIME_SCALE: String(timeScale) });
}

if (require.main === module) run(main);
