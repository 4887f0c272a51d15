import { setTimeout as sleep } from 'node:timers/promises';
import { compareSettled, problemsOf } from '../drill/calls/call-ledger';
import { Callers, OutcomeCount } from '../drill/calls/callers';
import type { ApiProcess } from '../local/api-process';
import { type PartProps, type PartResult, sourcesOf, withServers } from './part';
import { GOAL_MEBIBYTES } from './slow-readers';

/** Time between two looks at the memory, ms. */
const SAMPLE_MS = 2000;

/** Longest wait for the ledger, ms. */
const LEDGER_MS = 30_000;

/** Growth from the second to the last third that counts as flat. */
const FLAT = 1.1;

const MIB = 2 ** 20;

/** The memory of an API process under a constant load. */
export function steadyMemory(props: PartProps): Promise<PartResult> {
  return withServers(props, { apis: 1 }, async (servers) => {
    const { service } = servers;
    const [api] = service.apis as readonly [ApiProcess];
    const outcomes = new OutcomeCount();
    const samples = [(await api.residentBytes()) / MIB];
    const callers = new Callers({
      ...{ callers: 16, pauseMs: 20, key: service.key, clock: props.clock, urls: () => [api.url] },
      kinds: ['whole', 'streamed'],
      onEnd: (_, outcome) => outcomes.add(outcome),
    });
    try {
      const count = Math.ceil((props.minutes * 60_000) / SAMPLE_MS);
      for (let sample = 0; sample < count; sample += 1) {
        await sleep(SAMPLE_MS, undefined, { signal: props.signal });
        samples.push((await api.residentBytes()) / MIB);
      }
    } finally {
      await callers.stop();
    }
    const settled = await compareSettled(sourcesOf(servers), LEDGER_MS);
    return {
      figures: figuresOf(samples, outcomes),
      problems: [...problemsOf(settled), ...memoryProblems(samples)],
    };
  });
}

function figuresOf(samples: readonly number[], outcomes: OutcomeCount): PartResult['figures'] {
  const [second, last] = thirds(samples);
  return {
    answers: String(outcomes),
    'calls a second': Math.round((outcomes.total * 1000) / ((samples.length - 1) * SAMPLE_MS)),
    'API process, idle, MiB': Math.round(samples[0] ?? Number.NaN),
    'API process, most, MiB': Math.round(Math.max(...samples)),
    'API process, mean of the second and the last third, MiB': `${Math.round(second)}, ${Math.round(last)}`,
  };
}

function memoryProblems(samples: readonly number[]): string[] {
  const [second, last] = thirds(samples);
  return [
    ...(Math.max(...samples) <= GOAL_MEBIBYTES
      ? []
      : [`the API process took more than ${GOAL_MEBIBYTES} MiB`]),
    ...(last <= second * FLAT ? [] : ['the memory of the API process grows']),
  ];
}

/** Means of the second and the last third: in the first one buffers and caches fill. */
function thirds(samples: readonly number[]): readonly [number, number] {
  const third = Math.floor(samples.length / 3);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean(samples.slice(third, 2 * third)), mean(samples.slice(2 * third))];
}
