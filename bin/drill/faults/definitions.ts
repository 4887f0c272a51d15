import { USUAL_KINDS } from '../load';
import type { FaultName } from '../promises';
import { cacheAway, cacheMasterKilled } from './cache';
import { connectionsKilled, databaseStopped, poolerRestarted, rollupRefresh } from './database';
import type { FaultDefinition } from './fault';
import { clockOff, journalFull, podEnding, rollingReplacement } from './pods';
import { providerBehaving } from './provider';

/** Streams that are longer than what the balancer waits before a pod's SIGTERM. */
const WITH_LONG_STREAMS = [...USUAL_KINDS, 'stream of 3 s'] as const;

/** How each fault is tried. */
export const DEFINITIONS: Readonly<Record<FaultName, FaultDefinition>> = {
  'database-stopped': { title: 'PostgreSQL is stopped for 20 s', create: databaseStopped },
  'connections-killed': { title: 'all connections to PostgreSQL are killed', create: connectionsKilled },
  'pooler-restarted': { title: 'PgBouncer is restarted', needs: 'PgBouncer', create: poolerRestarted },
  'cache-master-killed': { title: 'a Valkey master is killed', needs: 'Valkey', create: cacheMasterKilled },
  'cache-away': { title: 'all of Valkey is away', needs: 'Valkey', create: cacheAway },
  'provider-slow': { title: 'the provider takes 3 s', create: providerBehaving('latency-3000') },
  'provider-failing': { title: 'the provider answers 500', create: providerBehaving('error-500') },
  'provider-cutting': {
    title: 'the provider cuts streams',
    create: providerBehaving('latency-20-tokens-20-cut-3'),
  },
  'provider-rubbish': { title: 'the provider answers HTML', create: providerBehaving('rubbish') },
  'pod-terminated': {
    ...{ title: 'an API process gets SIGTERM', kinds: WITH_LONG_STREAMS },
    create: podEnding('SIGTERM', 0),
  },
  'pod-killed': { title: 'an API process gets SIGKILL', create: podEnding('SIGKILL', 1) },
  'journal-full': {
    ...{ title: 'the journal is full, and PostgreSQL is away', promptBytes: 8192, changesPods: true },
    create: journalFull,
  },
  'clock-off': {
    ...{ title: "the API's clocks are an hour off", changesPods: true },
    create: clockOff,
  },
  'rollup-refresh': { title: 'the roll-ups are refreshed', create: rollupRefresh },
  'rolling-replacement': {
    ...{ title: 'all API processes are replaced', kinds: WITH_LONG_STREAMS, changesPods: true },
    create: rollingReplacement,
  },
};
