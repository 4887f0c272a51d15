import type { SharedCache } from '../shared/shared-cache';

export interface SharedLeaseProps {
  readonly shared: SharedCache;
  /** Key of the lease in the shared cache. */
  readonly key: string;
  /** Unique text of this holder. */
  readonly token: string;
  /** Time after which the lease of a holder that was killed ends, ms. */
  readonly leaseMs: number;
}

/** Renewals in the time of a lease: two may fail. */
const RENEWALS = 3;

/**
 * A lease in the shared cache: one holder at a time, renewed while it is held, ended by itself when its holder dies. A
 * failover may lose it, so it saves work and protects nothing.
 */
export class SharedLease {
  private readonly lost = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private isRenewing = false;

  private constructor(private readonly props: SharedLeaseProps) {}

  /** Takes the lease. @returns null where another one holds it. @throws where the shared cache does not answer */
  static async acquire(props: SharedLeaseProps): Promise<SharedLease | null> {
    const { shared, key, token, leaseMs } = props;
    if (!(await shared.setIfAbsent(key, token, leaseMs))) return null;
    const lease = new SharedLease(props);
    lease.timer = setInterval(() => void lease.renew(), leaseMs / RENEWALS).unref();
    return lease;
  }

  /** Token of the present holder; undefined where there is none. */
  static holder(shared: SharedCache, key: string): Promise<string | undefined> {
    return shared.get(key);
  }

  /** Is aborted when somebody else may hold the lease. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  /** Renews no longer, because the holder ends the lease otherwise. */
  stopRenewing(): void {
    clearInterval(this.timer);
  }

  /** Ends the lease, unless it was lost. Never fails: it ends by itself otherwise. */
  async release(): Promise<void> {
    this.stopRenewing();
    const { shared, key, token } = this.props;
    await shared.deleteIfEqual(key, token).catch(() => false);
  }

  private async renew(): Promise<void> {
    if (this.isRenewing) return;
    this.isRenewing = true;
    const { shared, key, token, leaseMs } = this.props;
    // No answer is no loss yet: the next renewal may come in time.
    const isHeld = await shared.extendIfEqual(key, token, leaseMs).catch(() => true);
    this.isRenewing = false;
    if (isHeld) return;
    clearInterval(this.timer);
    this.lost.abort(new Error('the lease was lost: another pod may have begun the same work'));
  }
}
