/** Where a pod is in its life. `/ready` and the headers of answers depend on it. */
export class Lifecycle {
  private hasStarted = false;
  private isDraining = false;

  /** The database has answered once, with a schema that fits. Losing the database later changes nothing. */
  markStarted(): void {
    this.hasStarted = true;
  }

  /** The pod is to end: it finishes what it has begun. */
  markDraining(): void {
    this.isDraining = true;
  }

  get started(): boolean {
    return this.hasStarted;
  }

  get draining(): boolean {
    return this.isDraining;
  }
}
