import { setTimeout as sleep } from 'node:timers/promises';
import { refreshCosts } from '../../../lambda/database/rollups/refresh-costs';
import { refreshRollup } from '../../../lambda/database/rollups/refresh-rollup';
import { type ConnectionSettings, withConnection } from '../../../service/database/connect';
import type { LocalProcess } from '../../local/local-process';
import type { Fault, FaultTools } from './fault';

/** How long PostgreSQL is away, ms: longer than pods remember keys without asking (10 s). */
const AWAY_MS = 20_000;

/** Times that all connections are ended, and the pause in between, ms. */
const KILLS = 5;
const KILL_PAUSE_MS = 300;

/** How long PgBouncer is away, ms. */
const POOLER_AWAY_MS = 1000;

/** Users of the service, whose connections a fault ends. */
export const SERVICE_USERS = `usename IN ('llm_cost_ops_api', 'llm_cost_ops_writer')`;

const nothing = async () => undefined;

export function databaseStopped({ platform, signal }: FaultTools): Fault {
  return {
    begin: async () => {
      await platform.stopDatabase('SIGINT');
      await sleep(AWAY_MS, undefined, { signal });
    },
    repair: () => platform.resumeDatabase(),
  };
}

/** Ends all connections of the service, several times. */
export async function killConnections(login: ConnectionSettings): Promise<number> {
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { rowCount } = await withConnection(login, (client) =>
      client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${SERVICE_USERS}`),
    );
    killed += rowCount ?? 0;
    await sleep(KILL_PAUSE_MS);
  }
  return killed;
}

export function connectionsKilled({ platform }: FaultTools): Fault {
  let killed = 0;
  return {
    begin: async () => {
      killed = await killConnections(platform.databaseLogin);
    },
    missing: async () => (killed > 0 ? null : 'there were no connections to end'),
    repair: nothing,
  };
}

export function poolerRestarted({ platform, holdMs, signal }: FaultTools): Fault {
  const pooler = platform.pooler as LocalProcess;
  return {
    begin: async () => {
      // Twice, as where its pods are replaced one after the other.
      for (let restart = 0; restart < 2; restart += 1) {
        await pooler.end('SIGQUIT');
        await sleep(POOLER_AWAY_MS, undefined, { signal });
        if (restart === 0) {
          await pooler.start(signal);
          await sleep(holdMs, undefined, { signal });
        }
      }
    },
    repair: () => pooler.start(signal),
  };
}

export function rollupRefresh({ platform, holdMs, signal }: FaultTools): Fault {
  let refreshes = 0;
  return {
    begin: async () => {
      const end = performance.now() + holdMs;
      do {
        await withConnection(platform.databaseLogin, async (client) => {
          await refreshCosts(client, () => !signal.aborted);
          if ((await refreshRollup(client)).outcome === 'refreshed') refreshes += 1;
        });
      } while (performance.now() < end && !signal.aborted);
    },
    missing: async () => (refreshes > 0 ? null : 'no refresh ran'),
    repair: nothing,
  };
}
