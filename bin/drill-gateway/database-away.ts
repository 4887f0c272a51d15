import { setTimeout as sleep } from 'node:timers/promises';
import { compareSettled, problemsOf } from '../drill/calls/call-ledger';
import { Callers, OutcomeCount } from '../drill/calls/callers';
import type { LocalService } from '../local/local-service';
import { type PartProps, type PartResult, type PartServers, sourcesOf, withServers } from './part';

/** Size of the journal, bytes: some thousand calls with short prompts, a hundred with long ones. */
const JOURNAL_BYTES = 4 * 2 ** 20;

/** Length of the long prompts, bytes. */
const LONG_PROMPT = 32_768;

/** How long the database is away, ms: longer than pods remember keys without asking (10 s). */
const AWAY_MS = 20_000;

/** Longest wait for a full journal, and for the service after the database's return, ms. */
const PATIENCE_MS = 60_000;

/** PostgreSQL is stopped under load: calls go on until the journal is full, and all rows arrive afterwards. */
export function databaseAway(props: PartProps): Promise<PartResult> {
  const environment = { GATEWAY_JOURNAL_MAX_BYTES: String(JOURNAL_BYTES) };
  return withServers(props, { apis: 1, environment }, async (servers) => {
    const phases = await loadPhases(servers, props);
    const settled = await compareSettled(sourcesOf(servers), PATIENCE_MS);
    const { before, away, back, full, after } = phases;
    const failedAway = away.total - away.of('200');
    return {
      figures: {
        'answers before': String(before),
        [`answers while it was away for ${AWAY_MS / 1000} s`]: String(away),
        'answers after its return': String(back),
        'answers until the journal was full': String(full),
        'answers after the second return': String(after),
        'calls that reached the provider': settled.reached,
        lost: settled.missing.length,
        twice: settled.twice,
      },
      problems: [
        ...problemsOf(settled),
        ...(failedAway === 0 ? [] : [`${failedAway} calls failed while the database was away`]),
        ...(full.of('503') > 0 ? [] : ['a full journal refused no call']),
        ...(after.of('200') > 0 ? [] : ['no call was answered after the second return']),
      ],
    };
  });
}

type Phases = Readonly<Record<'before' | 'away' | 'back' | 'full' | 'after', OutcomeCount>>;

async function loadPhases({ service }: PartServers, props: PartProps): Promise<Phases> {
  const phases: Phases = {
    before: new OutcomeCount(),
    away: new OutcomeCount(),
    back: new OutcomeCount(),
    full: new OutcomeCount(),
    after: new OutcomeCount(),
  };
  let phase: keyof Phases = 'before';
  const callers = new Callers({
    ...{ callers: 8, pauseMs: 100, kinds: ['whole', 'streamed'], key: service.key, clock: props.clock },
    urls: () => service.apis.map(({ url }) => url),
    promptBytes: () => (phase === 'full' ? LONG_PROMPT : 60),
    onEnd: (_, outcome) => phases[phase].add(outcome),
  });
  const pause = (ms: number) => sleep(ms, undefined, { signal: props.signal });
  try {
    await pause(3000);
    props.onStep('the database stops');
    phase = 'away';
    await stopDatabase(service);
    await pause(AWAY_MS);
    props.onStep('the database starts');
    await service.postgres.startAside(service.databasePort);
    phase = 'back';
    await pause(5000);
    props.onStep('the database stops, and prompts are long');
    phase = 'full';
    await stopDatabase(service);
    await untilSeen(() => phases.full.of('503') > 20, props);
    await service.postgres.startAside(service.databasePort);
    phase = 'after';
    await untilSeen(() => phases.after.of('200') > 50, props);
  } finally {
    await callers.stop();
  }
  return phases;
}

async function stopDatabase({ postgres }: LocalService): Promise<void> {
  process.kill(postgres.pid, 'SIGINT');
  while (postgres.running) await sleep(50);
}

/** Waits until something is seen; what is not seen in time is the report's. */
async function untilSeen(isSeen: () => boolean, { clock, signal }: PartProps): Promise<void> {
  const begin = clock();
  while (!isSeen() && clock() - begin < PATIENCE_MS) await sleep(100, undefined, { signal });
}
