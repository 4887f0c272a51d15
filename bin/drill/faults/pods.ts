import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { REQUEST_COUNTER } from '../../../service/contract';
import { withConnection } from '../../../service/database/connect';
import type { ApiProcess } from '../../local/api-process';
import type { Platform } from '../../local/platform/platform';
import type { PodChanges } from '../../local/platform/platform-props';
import type { Fault, FaultTools } from './fault';

/** Time from the last new request of a pod to its SIGTERM, ms: what preStop and deregistration are in the cluster. */
const QUIET_MS = 2000;

/** Longest end of a pod, ms: the drain that the platform of a drill is set to, and some. */
const END_MS = 30_000;

/** Bound of a journal that is soon full, bytes: the least that the service takes. */
const JOURNAL_BYTES = 65_536;

/** How long PostgreSQL is away while the journal fills, ms. */
const FILLING_MS = 6000;

/** How long a pod is watched before its end, ms, and the requests that it receives at least, with those of the watch. */
const WATCH_MS = 500;
const WATCH_REQUESTS = 5;

/** How far the clocks are off, ms. */
const HOUR_MS = 3_600_000;

/** Replaces all API processes, one after another. @param changes of each new one, in turn */
async function replaceAll(platform: Platform, changes: readonly PodChanges[]): Promise<void> {
  for (const [index, pod] of [...platform.pods].entries()) {
    await platform.addPod(changes[index % changes.length]);
    await platform.removePod(pod, { quietMs: QUIET_MS, endMs: END_MS });
  }
}

/** Requests that a pod has received. */
async function requestsOf({ metricsUrl }: ApiProcess): Promise<number> {
  const page = await (await fetch(metricsUrl)).text();
  const lines = page.matchAll(new RegExp(`^${REQUEST_COUNTER}(?:\\{.*\\})? (\\S+)$`, 'gm'));
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

/**
 * A pod ends though the balancer still sends it requests, and starts again.
 * @param index of the pod. NGINX leaves out a pod that has just failed, so two faults in a row need different ones
 */
export function podEnding(how: 'SIGTERM' | 'SIGKILL', index: number): (tools: FaultTools) => Fault {
  return ({ platform, holdMs, signal }) => {
    const pod = platform.pods[index] as ApiProcess;
    let received = 0;
    return {
      begin: async () => {
        const before = await requestsOf(pod);
        await sleep(WATCH_MS, undefined, { signal });
        received = (await requestsOf(pod)) - before;
        await pod.end(how, END_MS);
        await sleep(holdMs, undefined, { signal });
      },
      missing: async () => (received > WATCH_REQUESTS ? null : 'the pod received no requests when it ended'),
      repair: () => pod.start(signal),
    };
  };
}

export function rollingReplacement({ platform }: FaultTools): Fault {
  return { begin: () => replaceAll(platform, [{}]), repair: async () => undefined };
}

/** Pods with a tiny journal, while the database is away. */
export function journalFull({ platform, signal }: FaultTools): Fault {
  const environment = { GATEWAY_JOURNAL_MAX_BYTES: String(JOURNAL_BYTES) };
  return {
    begin: async () => {
      await replaceAll(platform, [{ environment }]);
      await platform.stopDatabase('SIGINT');
      await sleep(FILLING_MS, undefined, { signal });
    },
    repair: async () => {
      await platform.resumeDatabase();
      await replaceAll(platform, [{}]);
    },
  };
}

/** Options of Node that shift the clock of a process, before anything else of it runs. */
export function shiftedClock(offsetMs: number): readonly string[] {
  const module = pathToFileURL(join(__dirname, '../shift-date.ts')).href;
  const script = `import { shiftDate } from ${JSON.stringify(module)}; shiftDate(${offsetMs});`;
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

/** One pod's clock is an hour ahead, the other's an hour behind. */
export function clockOff({ platform, holdMs, signal }: FaultTools): Fault {
  return {
    begin: async () => {
      const clocks = [HOUR_MS, -HOUR_MS].map((ms) => ({ nodeOptions: shiftedClock(ms) }));
      await replaceAll(platform, clocks);
      await sleep(holdMs, undefined, { signal });
    },
    missing: async () => {
      const { rows } = await withConnection(platform.databaseLogin, (client) =>
        client.query<{ ahead: number; behind: number }>(
          `SELECT count(*) FILTER (WHERE "timestamp" > now() + interval '30 minutes')::int AS ahead,
             count(*) FILTER (WHERE "timestamp" < now() - interval '30 minutes')::int AS behind
           FROM llm_requests WHERE tags->>'drill' LIKE 'call.clock-off.%'`,
        ),
      );
      const { ahead = 0, behind = 0 } = rows[0] ?? {};
      return ahead > 0 && behind > 0 ? null : `${ahead} calls are from ahead, ${behind} from behind`;
    },
    repair: () => replaceAll(platform, [{}]),
  };
}
