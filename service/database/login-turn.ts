/**
 * Lets the pools of a process open connections one after another: RDS takes some 200 log-ins with IAM tokens a second
 * (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html), and all pods start together
 * after a restart of the server.
 */
export class LoginTurn {
  private taken = false;
  private readonly waiting = new Set<() => void>();

  /** Takes the turn if it is free. If not, `onFree` is called once when it may be. */
  take(onFree: () => void): boolean {
    if (this.taken) {
      this.waiting.add(onFree);
      return false;
    }
    this.taken = true;
    return true;
  }

  /** Ends the turn; every pool that waited asks again. */
  free(): void {
    this.taken = false;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const onFree of waiting) onFree();
  }
}
