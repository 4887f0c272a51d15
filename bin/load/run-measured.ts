import { cpus, loadavg } from 'node:os';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { OBJECTIVES } from '../../test/load/objectives.ts';
import { type Baseline, readBaseline, writeBaseline } from './baseline/baseline-file';
import { type Comparison, compareRatios } from './baseline/compare';
import { measureRatios } from './baseline/measure-baseline';
import type { BaselineOptions, LoadOptions, LocalTarget } from './load-options';
import { LOAD_ENVIRONMENT, withLoadPlatform } from './local/load-platform';
import { type MeasuredRun, measureLoad } from './local/measure-load';
import type { MeasuredPod } from './local/pod-sampler';
import type { LoadReport } from './report/load-report';
import { progressLine } from './report/progress-line';
import { podLimitsOf, promisedObjectives } from './report/promises';
import type { LoadPlan } from './run-load';

/** What a measured run takes from this machine. */
export interface LoadMachine {
  /** `PATH` of the caller's environment. */
  readonly searchPath: string | undefined;
  readonly now: () => Date;
  /** Time of a clock that other processes have too and that only goes forward, ms. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Called with what happens, a line each. */
  readonly onStep: (line: string) => void;
}

/** A server under load. */
interface ServerUnderLoad {
  readonly origin: string;
  readonly pods: () => readonly MeasuredPod[];
  /** Parameters of the script that the server brings. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Lines about it. */
  readonly notes: readonly string[];
}

export type MeasuredTarget = Exclude<LoadOptions['target'], { readonly server: unknown }>;

/** Part of the run's rate that the warm-up reaches: code that is not compiled yet takes several times as long. */
const WARM_UP_SHARE = 0.5;

/** Offers a load once, after the warm-up. @returns what a report says */
export async function runMeasured(
  { plan, warmUpSeconds }: Pick<LoadOptions, 'plan' | 'warmUpSeconds'>,
  target: MeasuredTarget,
  machine: LoadMachine,
): Promise<LoadReport> {
  return withServer(plan, target, machine, async (server) => {
    const warmedUp = warmUpSeconds === 0 ? [] : [await warmUp(plan, warmUpSeconds, { server, machine })];
    const startedAt = machine.now().toISOString();
    const loadBefore = loadavg()[0] ?? Number.NaN;
    const run = await offer(plan, server, machine);
    return {
      scenario: plan.scenario,
      startedAt,
      call: callOf(plan),
      notes: [
        ...server.notes,
        ...warmedUp,
        `${cpus().length} cores; load of the machine before the run ${loadBefore.toFixed(1)}, after it ${loadavg()[0]?.toFixed(1)}.`,
      ],
      run,
      objectives: promisedObjectives(),
      limits: podLimitsOf(loadEnvironment(LOAD_ENVIRONMENT)),
    };
  });
}

/** Offers a lower load, which rises for half of the time. @returns a line about it */
async function warmUp(
  plan: LoadPlan,
  seconds: number,
  { server, machine }: { readonly server: ServerUnderLoad; readonly machine: LoadMachine },
): Promise<string> {
  const rate = Math.max(1, Math.round(WARM_UP_SHARE * rateOf(plan) * plan.rateScale));
  const line = `Warm-up, not measured: ${seconds} s, up to ${rate} requests per second.`;
  machine.onStep(line);
  const parameters = { ...plan.parameters, RPS: String(rate), USERS: '0' };
  const rise = { scenario: 'load', seconds, rateScale: 1, rampSeconds: seconds / 2, parameters } as const;
  await offer(rise, server, machine);
  return line;
}

/** Requests per second of the script. */
function rateOf({ parameters }: LoadPlan): number {
  return Number(parameters['RPS'] ?? OBJECTIVES.requestsPerSecond);
}

/**
 * Measures a baseline, or compares with one.
 * @returns the comparison; empty where the baseline is saved
 * @throws UsageError where there is no baseline of this load, before anything is measured
 */
export async function runBaseline(
  plan: LoadPlan,
  target: MeasuredTarget,
  { action, file, repeat }: BaselineOptions,
  machine: LoadMachine,
): Promise<Comparison[]> {
  const described = describePlan(plan, target);
  const before = action === 'compare' ? readBaseline(file, described) : undefined;
  const ratios = await withServer(plan, target, machine, (server) =>
    measureRatios({
      repeat,
      run: () => offer(plan, server, machine),
      now: machine.clock,
      onStep: machine.onStep,
    }),
  );
  if (before !== undefined) return compareRatios(before.ratios, ratios);
  const content = { measuredAt: machine.now().toISOString(), plan: described, ratios };
  writeBaseline(file, content as Baseline);
  return [];
}

function offer(plan: LoadPlan, server: ServerUnderLoad, machine: LoadMachine): Promise<MeasuredRun> {
  return measureLoad({
    task: { ...plan, origin: server.origin, parameters: { ...server.parameters, ...plan.parameters } },
    pods: server.pods,
    now: machine.clock,
    signal: machine.signal,
    onRow: (row) => {
      const line = progressLine(row);
      if (line !== undefined) machine.onStep(line);
    },
  });
}

function withServer<T>(
  plan: LoadPlan,
  target: MeasuredTarget,
  machine: LoadMachine,
  use: (server: ServerUnderLoad) => Promise<T>,
): Promise<T> {
  if ('origin' in target) {
    return use({
      origin: target.origin,
      pods: () => [],
      parameters: {},
      notes: [`Server: ${target.origin}.`],
    });
  }
  const { searchPath, now, signal, onStep } = machine;
  const requestsPerSecond = Math.max(OBJECTIVES.requestsPerSecond, rateOf(plan));
  return withLoadPlatform({ ...target, requestsPerSecond, searchPath, now, signal, onStep }, (platform) => {
    if (signal.aborted) throw signal.reason;
    return use({
      origin: platform.addresses.api,
      pods: () => platform.pods,
      parameters: { API_TOKEN: platform.keys.project },
      notes: platformNotes(target, platform),
    });
  });
}

function platformNotes(
  { pods, records, behaviour }: LocalTarget,
  {
    balancer,
    addresses,
  }: {
    readonly balancer: { readonly name: string } | null;
    readonly addresses: { readonly cache: string | null };
  },
): string[] {
  return [
    `The platform on this machine, with the settings of ${LOAD_ENVIRONMENT}: ${pods} API process${pods === 1 ? '' : 'es'}` +
      `${balancer === null ? '' : ` behind ${balancer.name}`}, PostgreSQL with ${records} demo records, ` +
      `${addresses.cache === null ? 'no Valkey' : 'Valkey'}, a simulated provider (${behaviour}), and the load generator.`,
  ];
}

/** The options that say which load it is; another load has another baseline. */
function describePlan(plan: LoadPlan, target: MeasuredTarget): Baseline['plan'] {
  const { scenario, seconds, rateScale, rampSeconds, parameters } = plan;
  const shown = Object.entries(parameters).filter(([name]) => name !== 'API_TOKEN');
  return {
    scenario,
    seconds,
    rateScale,
    rampSeconds,
    ...Object.fromEntries(shown),
    // The address of a server says nothing about it.
    ...('origin' in target ? { target: 'server' } : { ...target, target: 'local' }),
  };
}

/** A call that repeats the run; without the key. */
function callOf({ scenario, seconds, rateScale, rampSeconds, parameters }: LoadPlan): string {
  const shown = Object.entries(parameters).filter(([name]) => name !== 'API_TOKEN');
  return [
    `--scenario ${scenario} --seconds ${seconds} --rate-scale ${rateScale}`,
    ...(rampSeconds === null ? [] : [`--ramp ${rampSeconds}`]),
    ...shown.map(([name, value]) => `-e ${name}=${value}`),
  ].join(' ');
}
