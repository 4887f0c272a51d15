import { setTimeout as sleep } from 'node:timers/promises';
import { Sender } from './client/sender';
import { lengthOfAll } from './k6-options';
import type { TimelineRow } from './results/timeline';
import { runScript, type ScriptResult } from './run-script';
import { bundleScript, evaluateScript, type ScenarioName, type Script } from './script';
import { type Behaviour, StubApi } from './stub-api';

/** What load is offered. */
export interface LoadPlan {
  /** Script of test/load/. */
  readonly scenario: ScenarioName;
  /** Length of the run, seconds. */
  readonly seconds: number;
  /** Factor on the script's rates and users. */
  readonly rateScale: number;
  /** Length of each ramp of the run, seconds; null: the script's, scaled like everything else. */
  readonly rampSeconds: number | null;
  /** Parameters of the script by name. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface RunLoadProps extends LoadPlan {
  /** Behaviour of a server that is started for the run, or the origin of a running one on loopback. */
  readonly server: Behaviour | { readonly origin: string };
  /** Time of a clock that only goes forward, ms. */
  readonly now: () => number;
  /** Called when the script is read and the load begins. @default - nobody waits for it */
  readonly onStart?: () => void;
  /** Called with each row of the timeline when it is complete. @default - nobody follows the run */
  readonly onRow?: (row: TimelineRow) => void;
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
  const script = await readScript(origin, props);
  const sender = new Sender(origin, props.now);
  props.onStart?.();
  try {
    return await runScript(script, {
      now: props.now,
      sleep,
      send: sender.send,
      user: sender.user,
      connections: () => sender.connections,
      onRow: props.onRow,
    });
  } finally {
    sender.close();
  }
}

/** Rounds in which a ramp of a given length and the time scale, which depend on each other, are found. */
const ROUNDS = 4;

/** The script with its durations scaled to the run; it is read several times: its unscaled length is needed first. */
async function readScript(origin: string, props: LoadPlan): Promise<Script> {
  const { scenario, seconds, rateScale, rampSeconds, parameters } = props;
  const code = await bundleScript(scenario);
  let timeScale = 1;
  const read = () =>
    evaluateScript(scenario, code, {
      ...parameters,
      BASE_URL: origin,
      RATE_SCALE: String(rateScale),
      TIME_SCALE: String(timeScale),
      ...(rampSeconds === null ? {} : { RAMP: `${(rampSeconds / timeScale).toFixed(3)}s` }),
    });
  for (let round = 0; round < (rampSeconds === null ? 1 : ROUNDS); round += 1) {
    timeScale = Math.min(1, (timeScale * seconds * 1000) / lengthOfAll(read().options));
  }
  return read();
}
