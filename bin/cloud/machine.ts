import { setTimeout as delay } from 'node:timers/promises';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import type { AwsSession } from '../aws/aws-session';

/** What commands of the cloud take from the machine; entry points read it. */
export interface Machine {
  /** Environment variables, for child processes and kubeconfig programs. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder of the user. */
  readonly home: string;
  /** Folder of the repository; output and state go below it. */
  readonly root: string;
  /** The time. */
  readonly now: () => Date;
  /** Monotonic clock, ms. */
  readonly elapsedMs: () => number;
  /** Wait between two looks at something that goes on, ms. @default 5 s */
  readonly pauseMs?: number;
}

/** What every step of a command of the cloud works with. */
export interface CloudContext {
  readonly config: ResolvedConfig;
  readonly aws: AwsSession;
  readonly machine: Machine;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Shows a line of progress. */
  readonly say: (line: string) => void;
}

/** Ctrl-C, or the system's wish that the process ends. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

/** CloudFormation's events come some seconds late; asking more often would meet its throttling. */
const PAUSE_MS = 5_000;

/** Waits between two looks. @throws {Interrupted} */
export async function pause({ machine, signal }: CloudContext): Promise<void> {
  signal.throwIfAborted();
  await delay(machine.pauseMs ?? PAUSE_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** A duration for people, such as `4 min` or `30 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 90_000) return `${Math.max(1, Math.round(milliseconds / 1000))} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
