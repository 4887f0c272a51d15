import { setTimeout as sleep } from 'node:timers/promises';
import { lengthOfAll } from './k6-options';
import { runScript, type ScriptResult } from './run-script';
import { bundleScript, evaluateScript, type ScenarioName, type Script } from './script';
import { sendAll } from './send';
import { type Behaviour, StubApi } from './stub-api';

export interface RunLoadProps {
  /** Script of test/load/. */
  readonly scenario: ScenarioName;
  /** Behaviour of a server that is started for the run, or the origin of a running one on loopback. */
  readonly server: Behaviour | { readonly origin: string };
  /** Length of the run, seconds. */
  readonly seconds: number;
  /** Factor on the script's rates and users. */
  readonly rateScale: number;
  /** Parameters of the script by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Time of a clock that only goes forward, ms. */
  readonly now: () => number;
}

/** Runs a script, scaled, against a server on this machine. @throws UsageError on what the script cannot be run with */
export async function runLoad(props: RunLoadProps): Promise<ScriptResult> {
  const { server, now } = props;
  if (typeof server !== 'string') return runAgainst(server.origin, props);
  const api = new StubApi(server, now);
  try {
    return await runAgainst(await api.listen(), props);
  } finally {
    await api.close();
  }
}

async function runAgainst(origin: string, props: RunLoadProps): Promise<ScriptResult> {
  return runScript(await readScript(origin, props), {
    now: props.now,
    sleep,
    send: (requests, onAnswer) => sendAll(origin, requests, onAnswer),
  });
}

/** The script with its durations scaled to the run; it is read twice, because its unscaled length is needed first. */
async function readScript(origin: string, props: RunLoadProps): Promise<Script> {
  const { scenario, seconds, rateScale, parameters } = props;
  const code = await bundleScript(scenario);
  const scaled = { ...parameters, BASE_URL: origin, RATE_SCALE: String(rateScale) };
  const { options } = evaluateScript(scenario, code, scaled);
  const timeScale = Math.min(1, (seconds * 1000) / lengthOfAll(options));
  return evaluateScript(scenario, code, { ...scaled, TIME_SCALE: String(timeScale) });
}
