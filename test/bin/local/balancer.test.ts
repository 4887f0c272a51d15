import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Balancer, startBalancer } from '../../../bin/local/balancer';
import { NginxBalancer } from '../../../bin/local/balancer/nginx-balancer';
import { PlainBalancer } from '../../../bin/local/balancer/plain-balancer';
import { describeWithServers, freePort, programPath, serverFolder } from '../../helpers/servers';

/** A pod that answers with its name, and to `/slow` in two parts: the second once it is told to. */
interface Pod {
  readonly url: string;
  finish(): void;
  end(): Promise<void>;
}

const servers: Server[] = [];

async function pod(name: string, port = 0): Promise<Pod> {
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    if (request.url !== '/slow') return response.end(name);
    response.write(`${name} begins`);
    waiting.push(() => response.end(', and ends'));
    return response;
  });
  servers.push(server.listen(port, '127.0.0.1'));
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const end = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, finish: () => waiting.shift()?.(), end };
}

const text = async (url: string) => (await fetch(url)).text();

/** Who answers to ten requests, each once. */
async function whoAnswers(balancer: Balancer): Promise<string[]> {
  const names = await Promise.all(Array.from({ length: 10 }, () => text(balancer.url)));
  return [...new Set(names)].sort();
}

afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

function testBalancer(start: (pods: readonly string[]) => Promise<Balancer>): void {
  test('spreads requests over its pods, and sends none to a pod it no longer uses', async () => {
    const [first, second, third] = [await pod('first'), await pod('second'), await pod('third')];
    const balancer = await start([first.url, second.url]);
    expect(await whoAnswers(balancer)).toEqual(['first', 'second']);
    await balancer.use([second.url, third.url]);
    expect(await whoAnswers(balancer)).toEqual(['second', 'third']);
    await balancer.end();
  });

  test('lets a request under way finish at a pod it no longer uses', async () => {
    const [first, second] = [await pod('first'), await pod('second')];
    const balancer = await start([first.url]);
    const slow = await fetch(`${balancer.url}/slow`);
    await balancer.use([second.url]);
    expect(await whoAnswers(balancer)).toEqual(['second']);
    first.finish();
    expect(await slow.text()).toBe('first begins, and ends');
    await balancer.end();
  });

  test('ends though a request is under way, and a second time without effect', async () => {
    const balancer = await start([(await pod('first')).url]);
    const slow = await fetch(`${balancer.url}/slow`);
    expect(balancer.running).toBe(true);
    await balancer.end();
    await balancer.end();
    expect(balancer).toMatchObject({ running: false, pid: undefined });
    await expect(slow.text()).rejects.toThrow();
    await expect(text(balancer.url)).rejects.toThrow();
  });
}

describe('the balancer in this process', () => {
  testBalancer(async (pods) => PlainBalancer.start({ pods, port: await freePort() }));
});

describeWithServers('NGINX before local pods', ['nginx'], () => {
  const folders: string[] = [];
  const folder = () => {
    folders.push(serverFolder());
    return join(folders.at(-1) ?? '', 'nginx');
  };
  const start = (pods: readonly string[]) => startBalancer({ folder: folder(), pods, environment: 'prod' });

  afterAll(() => {
    for (const used of folders) rmSync(used, { recursive: true });
  });

  testBalancer(start);

  test('sends requests to the others while a pod is away, and to it as soon as it is back', async () => {
    const [first, second] = [await pod('first'), await pod('second')];
    const balancer = await start([first.url, second.url]);
    await first.end();
    // As many failures as would make NGINX avoid the pod for half a minute.
    for (let round = 0; round < 4; round += 1) expect(await whoAnswers(balancer)).toEqual(['second']);
    await pod('first', Number(new URL(first.url).port));
    expect(await whoAnswers(balancer)).toEqual(['first', 'second']);
    await balancer.end();
  });

  test('is a process whose workers end with it', async () => {
    const balancer = await start([(await pod('first')).url]);
    const { pid } = balancer;
    if (pid === undefined) throw new Error('NGINX does not run');
    // The group of the master and its workers.
    expect(() => process.kill(-pid, 0)).not.toThrow();
    await balancer.end();
    expect(() => process.kill(-pid, 0)).toThrow('ESRCH');
  });

  test('says why NGINX does not start, though another server answers at its port, and leaves no process', async () => {
    const { url } = await pod('holds the port');
    const ports = { http: Number(new URL(url).port), https: await freePort() };
    const props = { program: programPath('nginx'), folder: folder(), environment: 'dev', ports };
    await expect(NginxBalancer.start(props, [])).rejects.toThrow('no servers are inside upstream');
    expect(existsSync(join(props.folder, 'nginx.pid'))).toBe(false);
  });
});
