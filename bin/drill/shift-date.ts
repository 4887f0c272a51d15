/**
 * Shifts the clock of this process, as on a machine whose clock was set wrong. Timers and monotonic clocks go on as they
 * are. It is imported by Node itself, so it imports nothing.
 */
export function shiftDate(offsetMs: number): void {
  const RealDate = Date;
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, values, shifted) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, shifted),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
}
