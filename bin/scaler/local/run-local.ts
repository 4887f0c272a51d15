import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkloadReport } from '../../../lambda/predictive-scaler/telemetry/run-report';
import { type Terminal, UsageError } from '../../cli/command';
import { platformClock } from '../../local/hpa/clock';
import type { AutoscalingState } from '../../local/hpa/local-hpa';
import type { PageState } from '../../local/hpa/page-server';
import { untilInterrupted } from '../../local/interrupt';
import { alignedHistory } from './align-history';
import { Screen, viewLines } from './live-view';
import type { LocalOptions } from './local-options';
import { LocalScaler } from './local-scaler';
import { readAutoscaling } from './read-autoscaling';
import { runJson, runLine } from './run-lines';

/** Time between two pictures of a terminal, ms. */
const PICTURE_MS = 1000;

/** What the command takes from this machine. */
export interface LocalMachine {
  /** The time, ms since 1970-01-01 UTC. */
  readonly now: () => number;
  /** Terminal that shows the loop live. @default - a line a run */
  readonly screen?: NodeJS.WriteStream;
  /** Ends the command. @default - Ctrl-C */
  readonly stop?: AbortSignal;
}

/**
 * Runs the scaler beside a platform until a signal ends it; then it releases its floor.
 * @returns exit code: 2 where the platform ended first
 * @throws UsageError where no platform with an HPA runs
 */
export async function runLocal(
  options: LocalOptions,
  machine: LocalMachine,
  terminal: Terminal,
): Promise<number> {
  const autoscaling = readAutoscaling(options.folder);
  const platformMs = platformClock(autoscaling.clock, machine.now);
  const history = options.history && alignedHistory(options.history, Math.floor(platformMs() / 60_000));
  const say = options.json ? terminal.printError : terminal.print;
  for (const line of history?.lines ?? []) say(line);
  say(`page: ${autoscaling.page}`);
  const { dryRun, everySeconds } = options;
  const stateFolder = stateFolderOf(options, autoscaling);
  const samples = history?.samples ?? [];
  const scaler = new LocalScaler({
    ...{ autoscaling, stateFolder, history: samples, everySeconds, dryRun },
    platformMs,
  });
  const work = (signal: AbortSignal) =>
    loop({ options, autoscaling, scaler, terminal, platformMs, screen: machine.screen, signal });
  try {
    return await (machine.stop === undefined ? untilInterrupted(work) : work(machine.stop));
  } finally {
    scaler.close();
  }
}

/** Models go on from run to run, except where a history or a fast clock has nothing to do with those of before. */
function stateFolderOf({ folder, history }: LocalOptions, { clock }: AutoscalingState): string {
  if (history === undefined && clock.speed === 1) return join(folder, 'scaler', 'measured');
  const made = join(folder, 'scaler', 'made');
  rmSync(made, { recursive: true, force: true });
  return made;
}

interface Loop {
  readonly options: LocalOptions;
  readonly autoscaling: AutoscalingState;
  readonly scaler: LocalScaler;
  readonly terminal: Terminal;
  readonly platformMs: () => number;
  readonly screen: NodeJS.WriteStream | undefined;
  readonly signal: AbortSignal;
}

async function loop(work: Loop): Promise<number> {
  const { options, autoscaling, scaler, terminal, signal } = work;
  const picture = new AbortController();
  const pictures = drawPictures(work, picture.signal);
  const everyMs = (1000 * options.everySeconds) / autoscaling.clock.speed;
  let isThere = true;
  while (!signal.aborted && isThere) {
    const begin = performance.now();
    const report = await scaler.runOnce();
    print(report, work);
    isThere = report.outcome !== 'failed' || isRunning(options.folder, autoscaling);
    const left = Math.max(0, everyMs - (performance.now() - begin));
    if (isThere) await sleep(left, undefined, { signal }).catch(() => undefined);
  }
  picture.abort();
  await pictures;
  if (!isThere) {
    terminal.printError('the platform has ended');
    return 2;
  }
  if (!options.dryRun) await release(work);
  return 0;
}

function print(report: WorkloadReport, { options, terminal, platformMs, screen }: Loop): void {
  if (options.json) terminal.print(runJson(report, platformMs()));
  // The screen shows decisions; what failed would be overwritten.
  else if (screen === undefined) terminal.print(runLine(report, platformMs()));
  else if (report.problem) terminal.printError(runLine(report, platformMs()));
}

async function release({ scaler, terminal, options }: Loop): Promise<void> {
  const say = options.json ? terminal.printError : terminal.print;
  try {
    if (await scaler.release()) say('floor released');
  } catch (error) {
    // The platform releases it when its lease is over.
    say(`the floor was not released, and ends with its lease: ${(error as Error).message}`);
  }
}

async function drawPictures({ screen: stream, autoscaling }: Loop, signal: AbortSignal): Promise<void> {
  if (stream === undefined) return;
  const screen = new Screen(stream);
  while (!signal.aborted) {
    const state = await pageState(autoscaling);
    if (state !== undefined) screen.draw(viewLines(state, screen.columns));
    await sleep(PICTURE_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function pageState({ page }: AutoscalingState): Promise<PageState | undefined> {
  try {
    const answer = await fetch(new URL('/state.json', page), { signal: AbortSignal.timeout(PICTURE_MS) });
    return answer.ok ? ((await answer.json()) as PageState) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the folder still is that of the same platform. */
function isRunning(folder: string, { token }: AutoscalingState): boolean {
  try {
    return existsSync(folder) && readAutoscaling(folder).token === token;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}
