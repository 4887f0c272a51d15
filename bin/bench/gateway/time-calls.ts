import { Client } from 'undici';
import type { Target } from './send-calls';

/** Times of single calls, one after another, ms. */
export interface CallTimes {
  /** Until the first byte of the body. */
  readonly firstByte: readonly number[];
  /** Until the last byte. */
  readonly whole: readonly number[];
}

/** Sends a call to each target in turn, so that whatever else the machine does slows all of them. */
export async function timeCalls(
  targets: readonly Target[],
  { body, calls }: { readonly body: string; readonly calls: number },
): Promise<CallTimes[]> {
  const clients = targets.map(({ url }) => new Client(new URL(url).origin));
  const times = targets.map(() => ({ firstByte: [] as number[], whole: [] as number[] }));
  try {
    for (let call = 0; call < calls; call += 1) {
      for (const [index, { url, headers }] of targets.entries()) {
        const start = performance.now();
        const answer = await (clients[index] as Client).request({
          method: 'POST',
          path: new URL(url).pathname,
          headers: { 'content-type': 'application/json', ...headers },
          body,
        });
        let first = 0;
        for await (const _chunk of answer.body) first ||= performance.now() - start;
        times[index]?.firstByte.push(first);
        times[index]?.whole.push(performance.now() - start);
      }
    }
    return times;
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}
