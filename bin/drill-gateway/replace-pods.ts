import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareSettled, problemsOf, storedRows } from '../drill/calls/call-ledger';
import { Callers, OutcomeCount } from '../drill/calls/callers';
import type { ApiProcess } from '../local/api-process';
import { type Balancer, startBalancer } from '../local/balancer';
import { type PartProps, type PartResult, type PartServers, sourcesOf, withServers } from './part';

/** Streams of 30 s at the same time. */
const STREAMS = 60;

/** Time from the last new request of a pod to its SIGTERM, ms: what preStop and deregistration are in the cluster. */
const PRE_STOP_MS = 2000;

/** Time of streams before the first pod is replaced, and between two of them, ms. */
const BETWEEN_MS = 5000;

/** Longest wait for the ledger, ms. */
const LEDGER_MS = 30_000;

/** Both pods are replaced, one after the other, under streams of 30 s. */
export function replacePods(props: PartProps): Promise<PartResult> {
  return withServers(props, { apis: 4 }, async (servers) => {
    const pods = servers.service.apis as readonly [ApiProcess, ApiProcess, ApiProcess, ApiProcess];
    const balancer = await startBalancer({
      folder: join(servers.service.folder, 'nginx'),
      pods: [pods[0].url, pods[1].url],
    });
    try {
      return await replaceUnderStreams(servers, { pods, balancer }, props);
    } finally {
      await balancer.end();
    }
  });
}

async function replaceUnderStreams(
  servers: PartServers,
  { pods, balancer }: { readonly pods: readonly ApiProcess[]; readonly balancer: Balancer },
  props: PartProps,
): Promise<PartResult> {
  const streams = new OutcomeCount();
  const others = new OutcomeCount();
  const shared = { key: servers.service.key, clock: props.clock, urls: () => [balancer.url] };
  const long = new Callers({
    ...{ ...shared, callers: STREAMS, pauseMs: 10, kinds: ['stream of 30 s'] },
    onEnd: (_, outcome) => streams.add(outcome),
  });
  const short = new Callers({
    ...{ ...shared, callers: 4, pauseMs: 50, kinds: ['whole', 'streamed'] },
    onEnd: (_, outcome) => others.add(outcome),
  });
  let drains: number[];
  try {
    drains = await replaceAll(pods, balancer, props);
  } finally {
    await Promise.all([long.stop(), short.stop()]);
  }
  const settled = await compareSettled(sourcesOf(servers), LEDGER_MS);
  const cut = streams.total - streams.of('200');
  const failed = others.total - others.of('200');
  const incomplete = settled.reached - (await completedRows(servers));
  return {
    figures: {
      through: balancer.name,
      'pods replaced': drains.length,
      'time from SIGTERM to the end, s': drains.map((ms) => (ms / 1000).toFixed(1)).join(', '),
      'streams of 30 s': String(streams),
      'short calls meanwhile': String(others),
      'calls that reached the provider': settled.reached,
      'rows that are not completed': incomplete,
      lost: settled.missing.length,
      twice: settled.twice,
    },
    problems: [
      ...problemsOf(settled),
      ...(cut === 0 ? [] : [`${cut} streams were cut or refused`]),
      ...(failed === 0 ? [] : [`${failed} short calls failed`]),
      ...(incomplete === 0 ? [] : [`${incomplete} rows are not completed`]),
    ],
  };
}

/** @returns how long each pod took to end, ms */
async function replaceAll(
  [first, second, third, fourth]: readonly ApiProcess[],
  balancer: Balancer,
  { clock, signal, onStep }: PartProps,
): Promise<number[]> {
  const ends: Promise<number>[] = [];
  const replace = async (pod: ApiProcess | undefined, remaining: readonly (ApiProcess | undefined)[]) => {
    await sleep(BETWEEN_MS, undefined, { signal });
    await balancer.use(remaining.map((one) => one?.url ?? ''));
    await sleep(PRE_STOP_MS, undefined, { signal });
    onStep(`${pod?.name} gets SIGTERM`);
    const begin = clock();
    ends.push((pod?.end('SIGTERM') ?? Promise.resolve()).then(() => clock() - begin));
  };
  await replace(first, [second, third]);
  await replace(second, [third, fourth]);
  return Promise.all(ends);
}

async function completedRows(servers: PartServers): Promise<number> {
  return (await storedRows(sourcesOf(servers))).filter(({ status }) => status === 'completed').length;
}
