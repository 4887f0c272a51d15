import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { renderManifests } from '../../k8s/manifests';
import { ADMIN_NAME, API_NAME } from '../../lib/config/names';
import { loadEnvironment } from '../../lib/config/resolve-config';
import { imageFiles, writeImageFiles } from '../../lib/service-image';
import { JOURNAL_FOLDER } from '../../service/contract';
import { parseDockerfile } from '../helpers/dockerfile';
import { documentOf } from '../helpers/manifests';
import { describeWithServers, freePort, until } from '../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../lambda/database/postgres';
import { serviceDatabase, serviceEnvironment } from '../service/http/test-service';

/** What the base image brings: Node in the path, and the libraries that it needs. */
const NODE = '/usr/local/bin/node';
const BASE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Folders that are volumes in a pod. */
const VOLUMES = ['/tmp', JOURNAL_FOLDER];

/** Where the socket of PostgreSQL is seen, in place of a network. */
const DATABASE_FOLDER = '/database';

/** The image as the steps of its Dockerfile make it. */
interface Image {
  readonly root: string;
  readonly folder: string;
  readonly user: string;
  readonly group: string;
  readonly environment: Record<string, string>;
}

/** Does by hand what an engine does with the Dockerfile, in a folder; fails on a step that it does not know. */
function build(root: string): Image {
  const files = join(root, '..', 'files');
  mkdirSync(files);
  writeImageFiles(files);
  const image = { root, folder: '/', user: '0', group: '0', environment: {} as Record<string, string> };
  for (const { name, value } of parseDockerfile(readFileSync(join(files, 'Dockerfile'), 'utf8'))) {
    const words = value.split(' ');
    if (name === 'FROM') putNode(root);
    else if (name === 'ENV')
      Object.assign(image.environment, Object.fromEntries(words.map((word) => word.split('='))));
    else if (name === 'WORKDIR') {
      image.folder = value;
      mkdirSync(join(root, value), { recursive: true });
    } else if (name === 'COPY') {
      const target = resolve(image.folder, words.at(-1) ?? '');
      for (const file of words.slice(0, -1)) copyFileSync(join(files, file), join(root, target, file));
    } else if (name === 'USER') [image.user = '', image.group = ''] = value.split(':');
    else if (!/^(LABEL|EXPOSE|STOPSIGNAL|HEALTHCHECK|ENTRYPOINT|CMD)$/.test(name)) {
      throw new Error(`${name} is not known here`);
    }
  }
  return image;
}

function putNode(root: string): void {
  const node = realpathSync(process.execPath);
  const libraries = [...execFileSync('ldd', [node], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(
    ([, path]) => String(path),
  );
  for (const [from, to] of [[node, NODE], ...libraries.map((path) => [path, path])] as [string, string][]) {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(from, join(root, to));
    chmodSync(join(root, to), 0o755);
  }
  for (const folder of ['/proc', DATABASE_FOLDER, ...VOLUMES])
    mkdirSync(join(root, folder), { recursive: true });
}

/** A program that runs in the image. */
interface Running {
  readonly output: () => string;
  readonly ended: Promise<unknown>;
  readonly isOver: () => boolean;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/**
 * Starts a program in the image as a pod does: read-only, with its volumes, as its user, with nothing else in sight.
 * @param database folder of PostgreSQL's socket
 */
function start(
  image: Image,
  database: string,
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Running {
  const script = [
    'set -e',
    'root=$1; user=$2; group=$3; folder=$4; database=$5; shift 5',
    'mount --bind "$root" "$root"',
    'mount -o remount,bind,ro "$root"',
    'mount -t proc proc "$root/proc"',
    `mount --bind "$database" "$root${DATABASE_FOLDER}"`,
    ...VOLUMES.map((path) => `mount -t tmpfs -o mode=0770,gid=$group tmpfs "$root${path}"`),
    'exec unshare --root="$root" --wd="$folder" --setgid="$group" --setuid="$user" -- "$@"',
  ].join('\n');
  const { root, user, group, folder, environment } = image;
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      script,
      'sh',
      root,
      user,
      group,
      folder,
      database,
      ...command,
    ],
    { env: { PATH: BASE_PATH, ...environment, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return {
    output: outputOf(child),
    ended: new Promise((done) => child.once('close', done)),
    isOver: () => child.exitCode !== null,
    kill: (signal) => {
      // unshare does not pass signals on; the program is its only child.
      const { pid } = child;
      if (child.exitCode !== null || pid === undefined) return;
      process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')), signal);
    },
  };
}

function outputOf(child: ChildProcess): () => string {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => chunks.push(String(chunk)));
  return () => chunks.join('');
}

/** Whether this machine lets us make a root folder of our own. */
const isAllowed =
  process.platform === 'linux' &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status ===
    0;

const whereAllowed = isAllowed || process.env['CI'] === 'true' ? describeWithServers : skipped;

function skipped(name: string): void {
  test.skip(`${name} (the whole group needs root and unshare)`, () => undefined);
}

whereAllowed('the image, its steps done by hand', DATABASE_PROGRAMS, () => {
  let scratch: string;
  let image: Image;
  let server: TestServer;
  let database: string;
  const children: Running[] = [];

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'image-'));
    chmodSync(scratch, 0o755);
    mkdirSync(join(scratch, 'root'));
    image = build(join(scratch, 'root'));
    server = await TestServer.start();
    database = await serviceDatabase(server);
  });

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await server?.remove();
    rmSync(scratch, { recursive: true, force: true });
  });

  test('has the files of the build and no others beside its base', () => {
    const copied = imageFiles().filter(({ name }) => name !== 'Dockerfile');
    for (const { name } of copied) expect(existsSync(join(image.root, image.folder, name))).toBe(true);
    for (const path of ['/etc', '/usr/share', '/bin', join(image.folder, 'Dockerfile')]) {
      expect(existsSync(join(image.root, path))).toBe(false);
    }
  });

  test('runs as a user without rights, on files that nobody can change', async () => {
    const script = `
      const { writeFileSync } = require('node:fs');
      const attempt = (path) => { try { writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
      console.log(JSON.stringify({
        ids: [process.getuid(), process.getgid()],
        program: attempt('api.js'), root: attempt('/file'), tmp: attempt('/tmp/file'),
        journal: attempt('${JOURNAL_FOLDER}/file'),
        hour: new Intl.DateTimeFormat('en', { timeZone: 'Asia/Kolkata', timeStyle: 'short', hourCycle: 'h23' }).format(0),
        certificates: require('node:tls').rootCertificates.length > 100,
      }));`;
    const { ended, output } = start(image, server.folder, ['node', '-e', script]);
    await ended;
    expect(JSON.parse(output())).toEqual({
      ids: [10001, 10001],
      program: expect.stringMatching(/^E(ACCES|ROFS)$/),
      root: expect.stringMatching(/^E(ACCES|ROFS)$/),
      tmp: 'written',
      journal: 'written',
      hour: '05:30',
      certificates: true,
    });
  });

  test.each([
    [API_NAME, 'llm_cost_ops_api'],
    [ADMIN_NAME, 'llm_cost_ops_admin'],
  ] as const)(
    '%s is ready with the command and settings of its Deployment, and ends at SIGTERM',
    async (name, user) => {
      const { manifests } = renderManifests(loadEnvironment('dev'));
      const { command } = documentOf(manifests, 'Deployment', name).spec.template.spec.containers[0];
      const ports = { PORT: String(await freePort()), METRICS_PORT: String(await freePort()) };
      const settings = {
        ...serviceEnvironment(server, database, user),
        DATABASE_HOST: DATABASE_FOLDER,
        GATEWAY_JOURNAL_FOLDER: JOURNAL_FOLDER,
        ...ports,
      } as Record<string, string>;
      const running = start(image, server.folder, command, settings);
      children.push(running);
      const answer = await until(async () => {
        if (running.isOver()) return running.output();
        const { status } = await fetch(`http://127.0.0.1:${ports.PORT}/ready`);
        if (status !== 200) throw new Error(running.output().slice(-2000));
        return status;
      });
      expect(answer).toBe(200);
      running.kill('SIGTERM');
      await running.ended;
      expect(running.output()).not.toMatch(/ENOENT|EROFS|EACCES/);
    },
  );
});
