import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from '../local/platform/platform';
import type { CallSources } from './calls/call-ledger';
import { compareCalls, compareRecords } from './compare';
import { DEFINITIONS } from './faults/definitions';
import type { FaultResult } from './judge';
import { Load } from './load';
import type { FaultName } from './promises';

export interface RunFaultProps {
  readonly platform: Platform;
  /** Load, seconds: a third before the fault, a third or more while it lasts, a third after its repair. */
  readonly seconds: number;
  readonly now: () => Date;
  /** A clock that only goes forward, ms. */
  readonly clock: () => number;
  /** Ends the drill early. */
  readonly signal: AbortSignal;
  /** Called with what happens, a line each. */
  readonly onStep: (line: string) => void;
  /** Processes that have ended by themselves so far; the drill empties it for each fault. */
  readonly crashed: string[];
}

/** Longest wait after the repair until no client sees a failure, ms: a breaker that opened again waits up to 60 s. */
const CALM_MS = 75_000;

/** Length of the load before the first fault, ms. */
const WARM_UP_MS = 3000;

/** Time between two looks, ms. */
const POLL_MS = 100;

/** Lets processes that have just started compile what they run and open connections, so that no fault is blamed for it. */
export async function warmUp({
  platform,
  now,
  clock,
  signal,
}: Omit<RunFaultProps, 'crashed' | 'onStep' | 'seconds'>) {
  const shared = { url: platform.addresses.api, key: platform.keys.project, now, clock };
  const load = new Load({ ...shared, name: 'warm-up' });
  try {
    await sleep(WARM_UP_MS, undefined, { signal });
  } finally {
    await load.stop(signal.aborted ? 0 : undefined);
  }
}

/** Causes a fault under load, repairs it, and compares what clients saw with what is stored. */
export async function runFault(fault: FaultName, props: RunFaultProps): Promise<FaultResult> {
  const { platform, clock, signal } = props;
  props.crashed.length = 0;
  const sources = sourcesOf(platform);
  await fetch(`${sources.providerUrl}/simulated/calls`, { method: 'DELETE' });
  const { kinds, promptBytes = 60, changesPods = false } = DEFINITIONS[fault];
  const load = new Load({
    ...{ url: platform.addresses.api, key: platform.keys.project, name: fault },
    ...{ now: props.now, clock, kinds, promptBytes: () => promptBytes, keepAlive: !changesPods },
  });
  let disturbed: Pick<FaultResult, 'lastedSeconds' | 'missing'>;
  let clients: FaultResult['clients'];
  try {
    disturbed = await disturb(fault, load, props);
  } finally {
    clients = await load.stop(signal.aborted ? 0 : undefined);
  }
  signal.throwIfAborted();
  return {
    ...{ fault, ...disturbed, clients },
    calls: await compareCalls(load, sources),
    records: await compareRecords(load, fault, sources),
    crashed: [...props.crashed],
  };
}

async function disturb(
  name: FaultName,
  load: Load,
  { platform, seconds, clock, signal, onStep }: RunFaultProps,
): Promise<Pick<FaultResult, 'lastedSeconds' | 'missing'>> {
  const holdMs = (seconds * 1000) / 3;
  const third = () => sleep(holdMs, undefined, { signal });
  const fault = DEFINITIONS[name].create({ platform, holdMs, signal });
  await third();
  onStep(`${name}: begins`);
  const beginMs = clock();
  await fault.begin();
  const missing = (await fault.missing?.()) ?? null;
  onStep(`${name}: is repaired`);
  load.repair();
  await fault.repair();
  const lastedSeconds = (clock() - beginMs) / 1000;
  const repairedMs = clock();
  while (!load.isCalm && clock() - repairedMs < CALM_MS) await sleep(POLL_MS, undefined, { signal });
  await third();
  return { lastedSeconds, missing };
}

function sourcesOf(platform: Platform): CallSources {
  return { providerUrl: String(platform.addresses.provider), login: platform.databaseLogin };
}
