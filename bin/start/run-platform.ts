import { once } from 'node:events';
import type { Terminal } from '../cli/command';
import { progressBar } from '../cli/progress-bar';
import { openFolder } from '../local/platform/database/local-database';
import { Platform } from '../local/platform/platform';
import { type Autoscaling, startAutoscaling } from './autoscaling';
import { leaveFolder, noteOwner, stateOf, takeFolder, writeState } from './platform-folder';
import { DEFAULT_ENVIRONMENT, type StartOptions } from './start-options';
import { replacedLines, welcomeLines } from './welcome';

/** Signals that end the platform. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Longest orderly end, ms; then everything is killed. */
const END_MS = 4500;

/** What the command takes from this machine. */
export interface StartMachine {
  readonly searchPath: string | undefined;
  /** Id of this process. */
  readonly pid: number;
  /** Id of the parent process, whose end ends the platform; null where nobody waits for it. */
  readonly parent: (() => number) | null;
  readonly now: () => Date;
  /** Where progress is shown. */
  readonly errors: NodeJS.WriteStream;
  readonly exit: (code: number) => void;
}

/** Exit code where a process of the platform had ended by itself. */
const CRASHED = 2;

/**
 * Runs the platform until a signal ends it. Where one of its processes ends by itself, its last lines are shown and
 * the others go on.
 * @returns exit code
 * @throws UsageError where it does not start
 */
export async function runPlatform(
  options: StartOptions,
  { print, printError }: Terminal,
  machine: StartMachine,
): Promise<number> {
  const { folder, environment } = options;
  takeFolder(folder, options.fresh);
  openFolder(folder);
  noteOwner(folder, machine.pid);
  const stopping = new AbortController();
  const begin = performance.now();
  let crashed = false;
  const platform = new Platform({
    ...options,
    balanced: options.autoscaling !== null,
    cache: true,
    ports: 'usual',
    searchPath: machine.searchPath,
    now: machine.now,
    signal: stopping.signal,
    onStep: printError,
    onProgress: progressBar(machine.errors, 'records'),
    onCrash: (ended, how) => {
      crashed = true;
      printError(`${ended.name} has ended (${how}); the others go on until Ctrl-C. Its last lines:`);
      for (const line of ended.lastLines()) printError(`  ${line}`);
    },
  });
  const forget = onSignals(stopping, () => void platform.kill().finally(() => machine.exit(1)));
  let autoscaling: Autoscaling | null = null;
  const parentWatch = watchParent(machine.parent, stopping);
  try {
    await platform.start();
    autoscaling = await startAutoscaling(platform, { options, now: machine.now, onProblem: printError });
    const state = stateOf(platform);
    writeState(folder, { ...state, ...(autoscaling && { autoscaling: autoscaling.state }) });
    if (options.json) print(JSON.stringify(state));
    else {
      if (environment !== DEFAULT_ENVIRONMENT)
        for (const line of replacedLines(environment, platform.replaced)) print(line);
      const seconds = (performance.now() - begin) / 1000;
      const page = autoscaling?.state.page ?? null;
      for (const line of welcomeLines({ state, page, seconds, now: machine.now() })) print(line);
    }
    if (!stopping.signal.aborted) await once(stopping.signal, 'abort');
    printError('ending');
    return crashed ? CRASHED : 0;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    return crashed ? CRASHED : 1;
  } finally {
    await Promise.all([autoscaling?.hpa.close(), endWithin(platform)]);
    leaveFolder(folder);
    forget();
    clearInterval(parentWatch);
  }
}

/** Time between two looks at the parent, ms. */
const PARENT_MS = 500;

/** Ends the platform when its parent is gone. */
function watchParent(parent: StartMachine['parent'], stopping: AbortController): NodeJS.Timeout | undefined {
  const first = parent?.();
  return setInterval(() => {
    if (parent?.() !== first) stopping.abort();
  }, PARENT_MS);
}

/** Ends the platform in its order; what takes too long is killed. */
async function endWithin(platform: Platform): Promise<void> {
  const timer = setTimeout(() => void platform.kill(), END_MS);
  await platform.close();
  clearTimeout(timer);
}

/** The first signal ends the platform in its order, a second one at once. */
function onSignals(stopping: AbortController, kill: () => void): () => void {
  let signals = 0;
  const take = () => {
    signals += 1;
    if (signals === 1) stopping.abort();
    else if (signals === 2) kill();
  };
  for (const signal of SIGNALS) process.on(signal, take);
  return () => {
    for (const signal of SIGNALS) process.off(signal, take);
  };
}
