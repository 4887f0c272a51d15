import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pgBouncerProgram } from '../local/pgbouncer';
import { valkeyProgram } from '../local/platform/cache/valkey';
import { type Platform, withPlatform } from '../local/platform/platform';
import { compareRollups, type RollupCounts } from './compare-rollups';
import type { DrillSurroundings } from './drill-command';
import { DEFINITIONS } from './faults/definitions';
import { USUAL_BEHAVIOUR } from './faults/provider';
import { type FaultResult, problemsOfFault } from './judge';
import { type FaultName, PROMISES } from './promises';
import { runFault, warmUp } from './run-fault';

export interface DrillProps extends DrillSurroundings {
  /** Faults in their order. */
  readonly faults: readonly FaultName[];
  /** Load for each fault, seconds. */
  readonly seconds: number;
}

/** A fault with what is not as promised. */
export interface JudgedFault extends FaultResult {
  readonly title: string;
  readonly problems: readonly string[];
}

/** Result of a drill; `--json` prints it. */
export interface DrillResult {
  readonly faults: readonly JudgedFault[];
  /** Faults that this machine cannot cause, with the program that is missing. */
  readonly skipped: readonly { readonly fault: FaultName; readonly needs: string }[];
  /** What clients reached the API through. */
  readonly through: string;
  /** Requests of the ended hours on each platform of the drill. */
  readonly rollups: readonly RollupCounts[];
  readonly seconds: number;
}

/** API processes; clients reach them through the balancer. */
const PODS = 2;

/** Demo records, so that roll-ups and histories have something to do. */
const RECORDS = 20_000;

const SETTINGS = {
  // The limit of requests a minute follows from it.
  OBJECTIVE_REQUESTS_PER_SECOND: '100000',
  // Longer than a stream of the drill.
  GATEWAY_DRAIN_SECONDS: '20',
};

/** Causes faults, one after another, under load, and judges what came of them. */
export async function runDrill(props: DrillProps): Promise<DrillResult> {
  const begin = props.clock();
  const missing = missingPrograms(props.searchPath);
  const skipped = props.faults.flatMap((fault) => {
    const { needs } = DEFINITIONS[fault];
    return needs !== undefined && missing.includes(needs) ? [{ fault, needs }] : [];
  });
  const possible = props.faults.filter((name) => !skipped.some(({ fault }) => fault === name));
  const isPooled = (fault: FaultName) => DEFINITIONS[fault].needs === 'PgBouncer';
  const faults: JudgedFault[] = [];
  const rollups: RollupCounts[] = [];
  let through = '';
  for (const pooled of [false, true]) {
    const names = possible.filter((fault) => isPooled(fault) === pooled);
    if (names.length === 0) continue;
    const crashed: string[] = [];
    await onPlatform(props, pooled, crashed, async (platform) => {
      through = platform.balancer?.name ?? '';
      await warmUp({ ...props, platform });
      for (const name of names) faults.push(judged(await runFault(name, { ...props, platform, crashed })));
      rollups.push(await compareRollups(platform.databaseLogin));
    });
  }
  return { faults, skipped, through, rollups, seconds: Math.round((props.clock() - begin) / 1000) };
}

function judged(result: FaultResult): JudgedFault {
  const { title } = DEFINITIONS[result.fault];
  return { ...result, title, problems: problemsOfFault(result, PROMISES[result.fault]) };
}

function missingPrograms(searchPath: string | undefined): string[] {
  return [
    ...(pgBouncerProgram(searchPath) === undefined ? ['PgBouncer'] : []),
    ...(valkeyProgram(searchPath) === undefined ? ['Valkey'] : []),
  ];
}

/** Lends a platform of its own, and removes it afterwards. @param crashed gets the names of what ends by itself */
async function onPlatform(
  { searchPath, now, signal, onStep }: DrillProps,
  pooled: boolean,
  crashed: string[],
  use: (platform: Platform) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'drill-'));
  try {
    await withPlatform(
      {
        ...{
          folder,
          environment: 'dev',
          pods: PODS,
          records: RECORDS,
          cache: true,
          cacheCluster: true,
          pooled,
        },
        ...{ provider: { kind: 'simulated', behaviour: USUAL_BEHAVIOUR }, ports: 'free', settings: SETTINGS },
        ...{ searchPath, now, signal, onStep },
        onCrash: ({ name }, how) => crashed.push(`${name} (${how})`),
      },
      use,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether everything was as promised. */
export function isPassed({ faults, rollups }: DrillResult): boolean {
  const isKept = faults.every(({ problems }) => problems.length === 0);
  return isKept && rollups.every(({ rows, counted }) => rows === counted);
}
