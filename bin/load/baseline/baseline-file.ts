import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../cli/command';

const ratios = z.array(z.union([z.number().positive(), z.null().transform(() => Number.NaN)])).min(2);

const baseline = z.strictObject({
  /** When it was measured, RFC 3339. */
  measuredAt: z.string(),
  /** What was measured: another load has other figures. */
  plan: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  ratios: z.strictObject({ processor: ratios, p50: ratios, p95: ratios, cachedP50: ratios }),
});

/** What the next comparison is with. */
export type Baseline = z.infer<typeof baseline>;

export function writeBaseline(file: string, content: Baseline): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * @param plan of the run that is compared
 * @throws UsageError where there is no baseline, or one of another load
 */
export function readBaseline(file: string, plan: Baseline['plan']): Baseline {
  if (!existsSync(file)) {
    throw new UsageError(`there is no baseline at ${file}: measure one with --save first`);
  }
  const result = baseline.safeParse(parsed(file));
  if (!result.success) {
    throw new UsageError(`${file} is no baseline of this version: measure one with --save again`);
  }
  const differs = Object.keys({ ...result.data.plan, ...plan }).filter(
    (name) => result.data.plan[name] !== plan[name],
  );
  if (differs.length > 0) {
    const list = differs.map((name) => `${name} was ${result.data.plan[name]} and is ${plan[name]}`);
    throw new UsageError(`the baseline is of another load: ${list.join(', ')}`);
  }
  return result.data;
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
