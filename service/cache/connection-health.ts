/** Judges whether a client still recovers by itself. */
export class ConnectionHealth {
  private awaySince: number | undefined;
  private failingSince: number | undefined;
  private failedAt = 0;

  /**
   * @param patienceMs time without a connection, or with nothing but failures, after which a client is given up, ms
   * @param elapsedMs a clock that only goes forward, ms
   */
  constructor(
    private readonly patienceMs: number,
    private readonly elapsedMs: () => number = () => performance.now(),
  ) {
    this.reset();
  }

  /** Notes that the connection is there, or gone. */
  noteConnection(isConnected: boolean): void {
    this.awaySince = isConnected ? undefined : (this.awaySince ?? this.elapsedMs());
  }

  /** Notes the outcome of a command. */
  noteAnswer(isAnswered: boolean): void {
    this.failedAt = this.elapsedMs();
    this.failingSince = isAnswered ? undefined : (this.failingSince ?? this.failedAt);
  }

  /** Whether the client is connected or was a moment ago, and not all commands of a long time have failed. */
  isHealthy(): boolean {
    const awayMs = this.awaySince === undefined ? 0 : this.elapsedMs() - this.awaySince;
    const failingMs = this.failingSince === undefined ? 0 : this.failedAt - this.failingSince;
    return awayMs < this.patienceMs && failingMs < this.patienceMs;
  }

  /** Begins anew, with a client that has to connect. */
  reset(): void {
    this.awaySince = this.elapsedMs();
    this.failingSince = undefined;
  }
}
