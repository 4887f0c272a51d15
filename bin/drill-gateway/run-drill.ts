import { databaseAway } from './database-away';
import { killProcesses } from './kill-processes';
import type { PartProps, PartResult } from './part';
import { replacePods } from './replace-pods';
import { slowReaders } from './slow-readers';
import { steadyMemory } from './steady-memory';

/** Parts of the drill, in their order. */
export const PARTS = ['kill', 'database-away', 'replace-pods', 'slow-readers', 'memory'] as const;
export type PartName = (typeof PARTS)[number];

const RUNS: Readonly<Record<PartName, (props: PartProps) => Promise<PartResult>>> = {
  kill: killProcesses,
  'database-away': databaseAway,
  'replace-pods': replacePods,
  'slow-readers': slowReaders,
  memory: steadyMemory,
};

/** Result of the drill; `--json` prints it. */
export type DrillResult = readonly ({ readonly part: PartName; readonly seconds: number } & PartResult)[];

/** Runs parts one after another, each on servers of its own. */
export async function runDrill(parts: readonly PartName[], props: PartProps): Promise<DrillResult> {
  const results: DrillResult[number][] = [];
  for (const part of parts) {
    const begin = props.clock();
    const result = await RUNS[part]({ ...props, onStep: (line) => props.onStep(`${part}: ${line}`) });
    results.push({ part, seconds: Math.round((props.clock() - begin) / 1000), ...result });
  }
  return results;
}
