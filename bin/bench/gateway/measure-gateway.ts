import { loadavg } from 'node:os';
import { monthOf } from '../../../lambda/database/partitions/month';
import { percentile } from '../../db/timing';
import { type LocalService, withLocalService } from '../../local/local-service';
import { type BenchProcess, startBareGateway, startPeer, startProvider } from './processes';
import { type LoadFigures, sendCalls, type Target } from './send-calls';
import { timeCalls } from './time-calls';

export interface MeasureGatewayProps {
  /** Length of each load, seconds. */
  readonly seconds: number;
  /** Whether the peer is measured, too. */
  readonly peer: boolean;
  /** Folder that gets a CPU profile of the API process. @default - none is taken */
  readonly profileFolder?: string;
  readonly searchPath: string | undefined;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Connections of the loads. */
export const CONNECTIONS = [1, 32, 256] as const;

/** What is measured, in the order of the table. */
export const NAMES = ['direct', 'bare route', 'gateway', 'peer'] as const;
export type Name = (typeof NAMES)[number];

/** One load. */
export interface LoadRow extends LoadFigures {
  readonly name: Name;
  readonly streamed: boolean;
  readonly connections: number;
}

/** Figures of the benchmark; `--json` prints them. */
export interface GatewayFigures {
  readonly loads: readonly LoadRow[];
  /** Answers of the cache a second, and those of a bare route that always answers the same. */
  readonly hits: { readonly gateway: LoadFigures; readonly bare: LoadFigures };
  /** Medians of single calls, one after another, ms. */
  readonly single: Readonly<
    Record<'direct' | 'gateway', { readonly wholeMs: number; readonly firstByteMs: number }>
  >;
  /** Memory of the API process, MiB: ready and idle, and after each load through the gateway. */
  readonly residentMebibytes: readonly number[];
  readonly loadAverages: readonly [number, number];
}

/** Time until the provider answers, ms. */
const LATENCY_MS = 1;

/** Single calls that are timed. */
const SINGLE_CALLS = 500;

const MIB = 1024 * 1024;

const MESSAGES = [
  { role: 'system', content: 'You answer in one short sentence.' },
  { role: 'user', content: 'What is the capital of France, and since when has it been that?' },
];

/** Calls that nothing keeps: with a temperature of 1 each answer may differ. */
const bodyOf = (stream: boolean, temperature = 1) =>
  JSON.stringify({ model: 'gpt-4o-mini', messages: MESSAGES, temperature, max_tokens: 64, stream });

/** Measures all targets in turn, on servers of its own. */
export async function measureGateway(props: MeasureGatewayProps): Promise<GatewayFigures> {
  const before = loadavg()[0] ?? Number.NaN;
  const started: BenchProcess[] = [];
  const use = async <T extends BenchProcess | null>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    if (one !== null) started.push(one);
    return one;
  };
  try {
    const provider = await use(startProvider(LATENCY_MS));
    const bare = await use(startBareGateway(provider.url));
    const peer = props.peer ? await use(startPeer(props.searchPath)) : null;
    const figures = await withLocalService(serviceProps(props, provider), (service) =>
      measureOn(service, { provider, bare, peer }, props),
    );
    return { ...figures, loadAverages: [before, loadavg()[0] ?? Number.NaN] };
  } finally {
    for (const one of started) one.end();
  }
}

function serviceProps(
  { profileFolder, searchPath, now, signal }: MeasureGatewayProps,
  { url }: BenchProcess,
) {
  return {
    apis: 1,
    parameters: { shared_buffers: '512MB', max_wal_size: '2GB' },
    environment: {
      OBJECTIVE_REQUESTS_PER_SECOND: '100000',
      GATEWAY_MAX_CONNECTIONS: '256',
      GATEWAY_PROVIDERS: JSON.stringify([{ name: 'openai', type: 'openai', baseUrl: `${url}/v1` }]),
      GATEWAY_MODELS: JSON.stringify([{ match: 'gpt-*', provider: 'openai' }]),
    },
    oldestMonth: monthOf(now()),
    searchPath,
    now,
    signal,
    ...(profileFolder !== undefined && { nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] }),
  };
}

interface Servers {
  readonly provider: BenchProcess;
  readonly bare: BenchProcess;
  readonly peer: BenchProcess | null;
}

async function measureOn(
  service: LocalService,
  servers: Servers,
  props: MeasureGatewayProps,
): Promise<Omit<GatewayFigures, 'loadAverages'>> {
  const [api] = service.apis;
  if (api === undefined) throw new Error('no API process has started');
  const targets = targetsOf(service, servers);
  const resident = [await api.residentBytes()];
  const loads: LoadRow[] = [];
  const plan = [false, true].flatMap((streamed) =>
    CONNECTIONS.flatMap((connections) => targets.map((target) => ({ streamed, connections, target }))),
  );
  await Promise.all(
    targets.map((target) => sendCalls(target, { body: bodyOf(false), connections: 8, seconds: 2 })),
  );
  for (const [index, { streamed, connections, target }] of plan.entries()) {
    props.onProgress(index, plan.length + 1);
    const load = { body: bodyOf(streamed), connections, seconds: props.seconds };
    loads.push({ ...(await sendCalls(target, load)), name: target.name as Name, streamed, connections });
    if (target.name === 'gateway') resident.push(await api.residentBytes());
  }
  const hits = await measureHits(service, servers, props);
  const single = await timeSingles(targets);
  props.onProgress(plan.length + 1, plan.length + 1);
  await api.end('SIGTERM');
  return { loads, hits, single, residentMebibytes: resident.map((bytes) => bytes / MIB) };
}

function targetsOf({ apis, key }: LocalService, { provider, bare, peer }: Servers): Target[] {
  const path = '/v1/chat/completions';
  const target = (name: Name, url: string, headers = {}): Target => ({ name, url: url + path, headers });
  return [
    target('direct', provider.url),
    target('bare route', bare.url),
    target('gateway', `${apis[0]?.url}/api`, { authorization: `Bearer ${key}` }),
    ...(peer === null
      ? []
      : [
          target('peer', peer.url, {
            authorization: 'Bearer none',
            'x-portkey-provider': 'openai',
            'x-portkey-custom-host': `${provider.url}/v1`,
          }),
        ]),
  ];
}

async function measureHits({ apis, key }: LocalService, { bare }: Servers, { seconds }: MeasureGatewayProps) {
  const load = { body: bodyOf(false, 0), connections: 32, seconds };
  const headers = { authorization: `Bearer ${key}` };
  const url = `${apis[0]?.url}/api/v1/chat/completions`;
  return {
    gateway: await sendCalls({ name: 'hits', url, headers }, load),
    bare: await sendCalls({ name: 'kept', url: `${bare.url}/kept`, headers: {} }, load),
  };
}

async function timeSingles(targets: readonly Target[]): Promise<GatewayFigures['single']> {
  const chosen = targets.filter(({ name }) => name === 'direct' || name === 'gateway');
  const whole = await timeCalls(chosen, { body: bodyOf(false), calls: SINGLE_CALLS });
  const streamed = await timeCalls(chosen, { body: bodyOf(true), calls: SINGLE_CALLS });
  const medians = (index: number) => ({
    wholeMs: percentile(whole[index]?.whole ?? [], 50),
    firstByteMs: percentile(streamed[index]?.firstByte ?? [], 50),
  });
  return { direct: medians(0), gateway: medians(1) };
}
