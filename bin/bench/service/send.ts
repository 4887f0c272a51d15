import { Pool } from 'undici';
import { UsageError } from '../../cli/command';

/** What is measured over HTTP. */
export interface SendProps {
  readonly url: string;
  readonly key: string;
  /** Connections, each with one request at a time. */
  readonly connections: number;
}

/** Sends bodies of records as fast as they are answered. @returns seconds @throws UsageError unless each is answered 201 */
export async function sendAll(props: SendProps, bodies: Iterable<string>): Promise<number> {
  const queue = bodies[Symbol.iterator]();
  return timed(props, async (post) => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await post(next.value);
  });
}

/** Sends bodies that are made on the way for a time. @returns answers a second */
export async function sendFor(props: SendProps, seconds: number, body: () => string): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let answers = 0;
  const taken = await timed(props, async (post) => {
    while (performance.now() < end) {
      await post(body());
      answers += 1;
    }
  });
  return answers / taken;
}

async function timed(
  { url, key, connections }: SendProps,
  work: (post: (body: string) => Promise<void>) => Promise<void>,
): Promise<number> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const post = async (body: string): Promise<void> => {
    const answer = await pool.request({
      path: '/api/v1/requests',
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 201) throw new UsageError(`${url} answers ${answer.statusCode}: ${text}`);
  };
  const start = performance.now();
  try {
    await Promise.all(Array.from({ length: connections }, () => work(post)));
    return (performance.now() - start) / 1000;
  } finally {
    await pool.close();
  }
}
