import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { until } from '../../helpers/servers';
import { smallServer } from './admission/small-server';

/** Processor time of a request, ms; a core answers 200 a second. */
const BURN_MS = 5;

/** Three times of what a core can do, for so long. How fast answers are is a matter of benchmarks: docs/load-testing.md. */
const LOAD = { perSecond: 600, seconds: 2, timeoutMs: 8000 };

/** What a client in a thread of its own saw of an open load: each request on a connection that is free, or a new one. */
interface Seen {
  /** By status; 0: no answer in time. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly withoutRetryAfter: number;
}

const CLIENT = `
const { Agent, request } = require('node:http');
const { workerData: { port, path, perSecond, seconds, timeoutMs }, parentPort } = require('node:worker_threads');
const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
const statuses = {};
let withoutRetryAfter = 0, open = 0, sent = 0;
const start = performance.now();
const end = (status) => {
  statuses[status] = (statuses[status] ?? 0) + 1;
  open -= 1;
  if (open === 0 && sent === perSecond * seconds) {
    parentPort.postMessage({ statuses, withoutRetryAfter });
    agent.destroy();
  }
};
const send = () => {
  open += 1;
  let ended = false;
  const once = (status) => { if (!ended) { ended = true; clearTimeout(timer); end(status); } };
  const call = request({ agent, host: '127.0.0.1', port, path }, (answer) => {
    answer.resume();
    answer.on('end', () => {
      if (answer.statusCode === 503 && answer.headers['retry-after'] === undefined) withoutRetryAfter += 1;
      once(answer.statusCode);
    });
  });
  const timer = setTimeout(() => { call.destroy(); once(0); }, timeoutMs);
  call.on('error', () => once(0));
  call.end();
};
const tick = setInterval(() => {
  const due = Math.min(perSecond * seconds, ((performance.now() - start) * perSecond) / 1000);
  while (sent < due) { sent += 1; send(); }
  if (sent === perSecond * seconds) clearInterval(tick);
}, 5);
`;

async function offer(port: number, path: string): Promise<Seen> {
  const client = new Worker(CLIENT, { eval: true, workerData: { port, path, ...LOAD } });
  const [seen] = (await once(client, 'message')) as [Seen];
  await client.terminate();
  return seen;
}

function burn(): void {
  const untilMs = performance.now() + BURN_MS;
  while (performance.now() < untilMs);
}

/** A handler that does its work in one go, and one that waits in between as for a database. */
const HANDLERS: Readonly<Record<string, () => Promise<object>>> = {
  '/at-once': async () => {
    burn();
    return {};
  },
  '/with-waits': async () => {
    await sleep(2);
    burn();
    await sleep(2);
    return {};
  },
};

test.each(Object.keys(HANDLERS))(
  'of three times the load that a pod can serve (%s) some is answered, the rest gets 503 with Retry-After',
  async (path) => {
    const { listeners, metrics, close } = await smallServer(HANDLERS);
    const { statuses, withoutRetryAfter } = await offer(listeners.port, path);
    // As soon as the load is gone.
    await until(async () => {
      expect((await fetch(`http://127.0.0.1:${listeners.port}${path}`)).status).toBe(200);
    });
    const page = await metrics.page();
    await close();

    // A busy machine keeps the client itself waiting (0), whatever the server does.
    expect(Object.keys(statuses).filter((status) => status !== '0')).toEqual(['200', '503']);
    expect(withoutRetryAfter).toBe(0);
    expect(page).toMatch(/http_requests_refused_total\{reason="queue_time"\} [1-9]/);
  },
);
