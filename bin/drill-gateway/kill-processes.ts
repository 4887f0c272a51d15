import { setTimeout as sleep } from 'node:timers/promises';
import {
  compareSettled,
  compareUntil,
  type LedgerRow,
  problemsOf,
  storedRows,
} from '../drill/calls/call-ledger';
import { Callers, OutcomeCount } from '../drill/calls/callers';
import type { Kind } from '../drill/calls/gateway-calls';
import type { ApiProcess } from '../local/api-process';
import { type PartProps, type PartResult, type PartServers, sourcesOf, withServers } from './part';

/** Length of the load, ms. */
const LOAD_MS = 20_000;

/** Shortest and longest time between two kills, ms. */
const BETWEEN_KILLS_MS = [300, 1500] as const;

/**
 * Longest wait for the sweep, ms: a lease of 60 s, a sweeper that has renewed its own for 60 s, and 12 s between two
 * looks; some of it at the same time.
 */
const SWEEP_MS = 150_000;

/** Longest wait for a journal to be read, ms. */
const JOURNAL_MS = 30_000;

/** Time before its kill from which a call may be in a process's journal only, ms: a row is written from 100 ms on. */
const JOURNAL_ONLY_MS = 2000;

/** API processes are killed at random moments, and one of them does not come back. */
export function killProcesses(props: PartProps): Promise<PartResult> {
  return withServers(props, { apis: 3 }, async (servers) => {
    const [, , last] = servers.service.apis as readonly [ApiProcess, ApiProcess, ApiProcess];
    const { outcomes, answered, kills, goneMs } = await killUnderLoad(servers, props);
    props.onStep(`killed ${kills} times; waiting for the sweep`);
    const swept = await compareUntil(
      sourcesOf(servers),
      SWEEP_MS,
      ({ active, missing }) => active === 0 && missing.every((id) => timeOf(id) > goneMs - JOURNAL_ONLY_MS),
    );
    const early = swept.missing.filter((id) => timeOf(id) <= goneMs - JOURNAL_ONLY_MS).length;
    props.onStep('the process that was gone comes back to its journal');
    await last.start();
    const settled = await compareSettled(sourcesOf(servers), JOURNAL_MS);
    const rows = await storedRows(sourcesOf(servers));
    const abandoned = new Map<string, number>();
    for (const { marker, status } of rows) {
      const kind = answered.get(marker ?? '');
      if (status === 'failed' && kind !== undefined) abandoned.set(kind, (abandoned.get(kind) ?? 0) + 1);
    }
    return {
      figures: {
        'processes killed': kills,
        'answers to callers': String(outcomes),
        'calls that reached the provider': settled.reached,
        'rows of them': settled.reached - settled.missing.length,
        lost: settled.missing.length,
        twice: settled.twice,
        'ended by the sweep or from a journal (abandoned)': settled.abandoned,
        // Killed between the answer and the journal's line of its end, which is written at the end of the same turn.
        'answered, and recorded as abandoned':
          [...abandoned].map(([kind, count]) => `${kind}: ${count}`).join(', ') || 0,
        'failed, and never sent': codesOf(settled.unsent),
        'after the sweep, only in the journal of the process that was gone': swept.missing.length,
      },
      problems: [
        ...problemsOf(settled),
        ...(early === 0 ? [] : [`${early} calls from before the last ${JOURNAL_ONLY_MS} ms were not swept`]),
      ],
    };
  });
}

interface Killed {
  readonly outcomes: OutcomeCount;
  /** Markers of calls whose callers have a whole answer, with their kinds. */
  readonly answered: ReadonlyMap<string, Kind>;
  readonly kills: number;
  /** When the last process was killed for good, ms since 1970. */
  readonly goneMs: number;
}

async function killUnderLoad({ service }: PartServers, props: PartProps): Promise<Killed> {
  const [first, second, last] = service.apis as readonly [ApiProcess, ApiProcess, ApiProcess];
  let urls = service.apis.map(({ url }) => url);
  const outcomes = new OutcomeCount();
  const answered = new Map<string, Kind>();
  const callers = new Callers({
    ...{ callers: 32, pauseMs: 5, key: service.key, clock: props.clock, urls: () => urls },
    kinds: ['whole', 'streamed', 'slow', 'whole', 'failing', 'cut'],
    onEnd: ({ marker, kind }, outcome) => {
      outcomes.add(outcome);
      if (outcome === '200' && kind !== 'cut') answered.set(marker, kind);
    },
  });
  let kills = 0;
  const begin = props.clock();
  try {
    while (props.clock() - begin < LOAD_MS) {
      await sleep(between(BETWEEN_KILLS_MS, props.random()), undefined, { signal: props.signal });
      const api = kills % 2 === 0 ? first : second;
      await api.end('SIGKILL');
      kills += 1;
      await api.start();
    }
    const goneMs = props.now().getTime();
    await last.end('SIGKILL');
    urls = [first.url, second.url];
    await sleep(1000);
    return { outcomes, answered, kills: kills + 1, goneMs };
  } finally {
    await callers.stop();
  }
}

/** Error codes of rows, such as `abandoned: 3, breaker_open: 20`. */
function codesOf(rows: readonly LedgerRow[]): string {
  const byCode = Map.groupBy(rows, ({ status, error_code }) => error_code ?? status);
  return [...byCode].map(([code, { length }]) => `${code}: ${length}`).join(', ') || '0';
}

function between([least, most]: readonly [number, number], share: number): number {
  return least + share * (most - least);
}

/** Time of a UUIDv7, ms since 1970. */
function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
