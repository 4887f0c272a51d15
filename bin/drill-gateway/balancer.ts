import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { nginxSettings } from '../../k8s/charts/nginx-chart';
import { nginxConf } from '../../k8s/server-config/nginx-conf';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { freePort } from '../db/temporary-database';

/** Where `.ci/install-servers` puts NGINX. */
const NGINX = join(__dirname, '../../.servers/bin/nginx');

/** Account that NGINX runs as when root starts the drill. */
const NOBODY = 65_534;

/** What callers reach pods through. */
export interface Balancer {
  readonly name: string;
  readonly url: string;
  /** Sends new requests to these pods only; those under way stay where they are. */
  use(pods: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

/** NGINX with the charts' configuration where it is installed, else a balancer in this process. */
export function startBalancer(folder: string, pods: readonly string[]): Promise<Balancer> {
  return existsSync(NGINX) ? startNginx(join(folder, 'nginx'), pods) : startPlain(pods);
}

async function startNginx(folder: string, pods: readonly string[]): Promise<Balancer> {
  mkdirSync(folder);
  makeCertificate(folder);
  const file = join(folder, 'nginx.conf');
  const httpPort = await freePort();
  const httpsPort = await freePort();
  const write = (urls: readonly string[]) =>
    writeFileSync(
      file,
      nginxConf({
        ...nginxSettings(loadEnvironment('dev')),
        ...{
          httpPort,
          httpsPort,
          tlsFolder: folder,
          tempFolder: folder,
          loadBalancerCidrs: ['127.0.0.1/32'],
        },
        accessLog: '/dev/null',
        servers: urls.map((url) => ({ address: new URL(url).host, weight: 1, backup: false })),
      }),
    );
  write(pods);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const child = spawn(NGINX, ['-e', 'stderr', '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  const url = `http://127.0.0.1:${httpPort}`;
  await untilAnswers(`${url}/nginx-health`);
  return {
    ...{ name: 'NGINX', url },
    use: async (urls) => {
      write(urls);
      child.kill('SIGHUP');
    },
    end: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** NGINX does not start without one; the drill sends plain HTTP. */
function makeCertificate(folder: string): void {
  const files = { key: join(folder, 'tls.key'), certificate: join(folder, 'tls.crt') };
  const made = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1 -subj /CN=localhost';
  execFileSync('openssl', [...made.split(' '), '-keyout', files.key, '-out', files.certificate], {
    stdio: 'pipe',
  });
  for (const file of Object.values(files)) chmodSync(file, 0o644);
}

async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isThere = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    await sleep(50);
  }
  throw new Error(`${url} does not answer`);
}

/** Sends requests to pods in turn. */
async function startPlain(pods: readonly string[]): Promise<Balancer> {
  let targets = pods;
  let count = 0;
  const server = createServer((incoming, answer) => {
    const target = new URL(incoming.url ?? '/', targets[count++ % targets.length]);
    const { method, headers } = incoming;
    const sent = request(target, { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
      response.once('error', () => answer.destroy());
    });
    sent.once('error', () => answer.destroy());
    incoming.pipe(sent);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...{ name: 'a balancer of its own', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    use: async (urls) => {
      targets = urls;
    },
    end: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
