/**
 * Loaded before a server by `node --require`: shifts the clock of this process by DRILL_CLOCK_OFFSET_MS. Timers and
 * monotonic clocks go on as they are, as on a machine whose clock was set wrong. Node itself strips the types.
 */
{
  const offsetMs = Number(process.env['DRILL_CLOCK_OFFSET_MS'] ?? 0);
  const RealDate = Date;
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, values, shifted) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, shifted),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
}
