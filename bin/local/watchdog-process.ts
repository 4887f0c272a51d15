/**
 * The process behind `Watchdog`. It reads lines `+<pid> <signal>` and `-<pid>` and, when its standard input ends,
 * ends every process that is left: first with its signal, two seconds later for good.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time that processes have to end by themselves, ms. */
const PATIENCE_MS = 2000;

/** Time between two looks at whether they have ended, ms. */
const POLL_MS = 50;

const watched = new Map<number, NodeJS.Signals>();

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [, change, pid, signal = 'SIGTERM'] = /^([+-])(\d+)(?: (SIG[A-Z0-9]+))?$/.exec(line) ?? [];
    if (change === '+') watched.set(Number(pid), signal as NodeJS.Signals);
    if (change === '-') watched.delete(Number(pid));
  }
  for (const [pid, signal] of watched) send(pid, signal);
  const deadline = performance.now() + PATIENCE_MS;
  while ([...watched.keys()].some((pid) => send(pid, 0)) && performance.now() < deadline)
    await sleep(POLL_MS);
  // The whole group: workers of a server outlive it.
  for (const pid of watched.keys()) if (!send(-pid, 'SIGKILL')) send(pid, 'SIGKILL');
}

/** @returns whether there was such a process */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

// Ctrl-C reaches the whole group of a terminal; only the end of the input counts here.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

void main();
