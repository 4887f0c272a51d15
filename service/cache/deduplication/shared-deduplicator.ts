import { hash, randomUUID } from 'node:crypto';
import type { SharedCache, SharedMessages } from '../shared/shared-cache';
import { Completions } from './completions';
import { RequestDeduplicator } from './request-deduplicator';
import { decodeFailure, encodeFailure } from './shared-failure';
import { SharedLease } from './shared-lease';

export interface SharedDeduplicatorProps {
  /** Null: works are shared in this pod only. */
  readonly shared: SharedCache | null;
  /** Tells of ends at once; null: pods poll. */
  readonly messages: SharedMessages | null;
  /** A clock that only goes forward, ms. @default performance.now */
  readonly elapsedMs?: () => number;
}

/** How this pod does a work. */
export interface Lead {
  /** Whether other pods wait for this result; false where there are none, or where the shared cache is away. */
  readonly isShared: boolean;
  /** Is aborted when another pod may have begun the same work. The result is still wanted here. */
  readonly signal: AbortSignal;
}

/** A work that several callers and pods share. */
export interface SharedWork<T> {
  /**
   * Does the work in the pod that leads. It should look into the cache first: an earlier work may have ended between
   * the caller's look and this one.
   */
  readonly work: (lead: Lead) => Promise<T>;
  /** Text of a result for other pods. @default JSON.stringify */
  readonly encode?: (result: T) => string;
  /** Result of a text. @default JSON.parse */
  readonly decode?: (text: string) => T;
  /** Text of a failure. @default name, message and code */
  readonly encodeError?: (error: unknown) => string;
  /** Failure of a text. @default SharedFailure */
  readonly decodeError?: (text: string) => Error;
  /** Longest wait for another pod, ms; after it this pod does the work itself. */
  readonly waitMs: number;
  /** Time after which the others stop waiting for a pod that was killed, ms. @default 10000 */
  readonly leaseMs?: number;
  /** Ends the wait of this caller with its reason; the work goes on for the others. @default - none */
  readonly signal?: AbortSignal;
}

/** Life of a result in the shared cache, ms; those who wait are told of it at once. */
const RESULT_MS = 15_000;

/** Time between two looks for a result, ms, where no message comes. */
const POLL_MS = 250;

/** Names of a work in the shared cache; the braces keep them on one node of a cluster. */
interface Names {
  readonly lease: string;
  readonly waiting: string;
  readonly result: string;
}

/**
 * Shares works between callers of a pod and between pods: one pod leads, the others wait for its result. A failure of
 * the leader is the failure of all who wait, at once; a leader that dies frees the others within its lease. Where the
 * shared cache does not answer, each pod does the work once. This saves work and is no lock: a failover may let two
 * pods lead.
 */
export class SharedDeduplicator {
  private readonly own = new RequestDeduplicator();
  private readonly ends: Completions | null;
  private readonly elapsedMs: () => number;

  constructor(private readonly props: SharedDeduplicatorProps) {
    this.ends = props.shared && new Completions(props.shared, props.messages);
    this.elapsedMs = props.elapsedMs ?? (() => performance.now());
  }

  /**
   * Result of the work for a key.
   * @throws what the work throws, here or in the pod that led, and the reason of `signal`
   */
  execute<T>(key: string, shared: SharedWork<T>): Promise<T> {
    const { signal } = shared;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const result = this.own.execute(key, () => this.leadOrFollow(key, shared));
    return signal === undefined ? result : untilAborted(result, signal);
  }

  private async leadOrFollow<T>(key: string, work: SharedWork<T>): Promise<T> {
    const { shared } = this.props;
    if (shared === null || this.ends === null) return work.work(ALONE);
    const names = namesOf(key);
    const end = this.elapsedMs() + work.waitMs;
    while (shared.isConnected && this.elapsedMs() < end) {
      const token = randomUUID();
      const leaseProps = { shared, key: names.lease, token, leaseMs: work.leaseMs ?? 10_000 };
      const lease = await SharedLease.acquire(leaseProps).catch(() => undefined);
      if (lease === undefined) break;
      if (lease !== null) return this.lead(names, { lease, token }, work);
      const followed = await this.follow(names, work, end).catch(() => undefined);
      if (followed !== undefined) return outcomeOf(followed, work);
    }
    return work.work(ALONE);
  }

  private async lead<T>(
    names: Names,
    { lease, token }: { readonly lease: SharedLease; readonly token: string },
    { work, encode = JSON.stringify, encodeError = encodeFailure }: SharedWork<T>,
  ): Promise<T> {
    const tell = (text: () => string) => this.tell(names, { lease, token }, text);
    let result: T;
    try {
      result = await work({ isShared: true, signal: lease.signal });
    } catch (error) {
      await tell(() => `-${encodeError(error)}`);
      throw error;
    }
    await tell(() => `+${encode(result)}`);
    return result;
  }

  /** The result is there before the lease ends: who finds neither may lead. Never fails, not even for a strange result. */
  private async tell(
    names: Names,
    { lease, token }: { readonly lease: SharedLease; readonly token: string },
    text: () => string,
  ): Promise<void> {
    lease.stopRenewing();
    try {
      const isAwaited = await this.props.shared?.endWork({
        result: { key: names.result, value: `${token}\n${text()}`, ttlMs: RESULT_MS },
        lease: { key: names.lease, token },
        waiting: names.waiting,
      });
      if (isAwaited === true) await this.ends?.announce(names.waiting);
    } catch {
      await lease.release();
    }
  }

  /**
   * Waits for the result of the leader, or of one that follows it when it dies.
   * @returns undefined where the leader is gone without a result, or the time is over
   * @throws where the shared cache does not answer
   */
  private async follow<T>(names: Names, work: SharedWork<T>, end: number): Promise<string | undefined> {
    const shared = this.props.shared as SharedCache;
    const leader = await SharedLease.holder(shared, names.lease);
    if (leader === undefined) return undefined;
    const before = tokenOf(await shared.get(names.result));
    await shared.set(names.waiting, '1', Math.max(1, Math.ceil(work.waitMs)));
    while (this.elapsedMs() < end) {
      // In this order: a leader ends its lease after it has stored the result.
      const holder = await SharedLease.holder(shared, names.lease);
      const result = await shared.get(names.result);
      const token = tokenOf(result);
      // A result from before the wait is another work's, such as a failure that only its own callers get.
      if (token === leader || token !== before) return result?.slice(result.indexOf('\n') + 1);
      if (holder === undefined) return undefined;
      await this.ends?.wait(names.waiting, Math.max(1, Math.min(POLL_MS, end - this.elapsedMs())));
    }
    return undefined;
  }
}

/** Token of the leader whose result it is. */
function tokenOf(result: string | undefined): string | undefined {
  return result?.slice(0, result.indexOf('\n'));
}

const ALONE: Lead = { isShared: false, signal: new AbortController().signal };

function namesOf(key: string): Names {
  const name = hash('sha256', key, 'base64url');
  return {
    lease: `d:{${name}}:lease`,
    waiting: `d:{${name}}:waiting`,
    result: `d:{${name}}:result`,
  };
}

function outcomeOf<T>(text: string, { decode = JSON.parse, decodeError = decodeFailure }: SharedWork<T>): T {
  if (text.startsWith('-')) throw decodeError(text.slice(1));
  return decode(text.slice(1));
}

/** The result, or the signal's reason when it comes first. */
function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
