import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildService } from '../../../bin/build-service/build-service';
import { clientDatabase } from '../../../bin/db/client-database';
import { repositoryMigrations } from '../../../bin/db/repository-migrations';
import { ApiProcess } from '../../../bin/local/api-process';
import { migrate } from '../../../lambda/database/migrator/migrate';
import { readMigrations } from '../../../lambda/database/migrator/migration-files';
import { createPartitions } from '../../../lambda/database/partitions/create-partitions';
import { monthOf } from '../../../lambda/database/partitions/month';
import { createKey } from '../../../service/access/keys';
import { type ReleasedTree, releasedTree } from '../../helpers/releases/released-tree';
import { describeWithHistory, FORMER_SERVICE } from '../../helpers/releases/revisions';
import { freePort } from '../../helpers/servers';
import { TestServer } from '../../lambda/database/postgres';
import { call, record, serviceEnvironment } from '../http/test-service';

const DEFAULT_PROJECT = '00000000-0000-7000-8000-000000000001';
const PAUSE_MS = 20;

/**
 * The middle of a rolling deployment: pods of the former version answer while the migrations run, and beside pods of this
 * one afterwards.
 */
describeWithHistory('two versions of the API on one database', [FORMER_SERVICE.revision], () => {
  let server: TestServer;
  let tree: ReleasedTree;
  let folder: string;
  let former: ApiProcess;
  let today: ApiProcess;
  let key: string;
  /** Ids that the former API stored while the migrations ran. */
  const storedMeanwhile: string[] = [];
  const refusedMeanwhile: unknown[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'two-versions-'));
    tree = releasedTree(FORMER_SERVICE.revision);
    const builds = Promise.all([
      tree.run('bin/build-service.ts', '--out', join(folder, 'former')),
      buildService(join(folder, 'today')),
    ]);
    server = await TestServer.start();
    const database = await server.createDatabase();
    const formerMigrations = readMigrations(join(tree.folder, 'lambda/database/migrations'));
    expect(formerMigrations.at(-1)?.name.slice(0, 4)).toBe(FORMER_SERVICE.lastMigration);
    key = await server.with(database, async (client) => {
      await migrate(client, formerMigrations);
      const month = monthOf(new Date());
      await createPartitions(client, month - 1, month + 1, month);
      const props = { database: clientDatabase(client), now: () => new Date() };
      const change = { projectId: DEFAULT_PROJECT, name: 'test', roles: ['ingest', 'read'] } as const;
      return (await createKey(props, change, 'test')).secret;
    });
    await builds;
    const start = async (name: string) => {
      const api = new ApiProcess({
        name,
        entry: join(folder, name, 'api.js'),
        port: await freePort(),
        metricsPort: await freePort(),
        logFile: join(folder, `${name}.log`),
        environment: {
          PATH: process.env['PATH'],
          ...serviceEnvironment(server, database, 'llm_cost_ops_api'),
        },
      });
      await api.start();
      return api;
    };
    former = await start('former');
    await whileWriting(() => server.with(database, (client) => migrate(client, repositoryMigrations())));
    today = await start('today');
  });
  afterAll(async () => {
    await Promise.all([former?.end('SIGKILL'), today?.end('SIGKILL')]);
    await server?.remove();
    tree?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const store = (api: ApiProcess, changes: Record<string, unknown> = {}) =>
    call(api, 'POST /api/v1/requests', { key, body: record(changes) });
  const idOf = ({ body }: { body: unknown }) => (body as { ids: string[] }).ids[0] ?? '';
  const read = (api: ApiProcess, id: string) => call(api, `GET /api/v1/requests/${id}`, { key });

  /** Lets the former API store records from before the work until after it. */
  async function whileWriting(work: () => Promise<unknown>): Promise<void> {
    let isWorking = true;
    const writing = (async () => {
      do {
        const answer = await store(former);
        if (answer.status === 201) storedMeanwhile.push(idOf(answer));
        else refusedMeanwhile.push(answer);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      } while (isWorking);
    })();
    await work();
    isWorking = false;
    await writing;
  }

  it('stores every record of the former version while the migrations run, and this version reads each', async () => {
    expect(refusedMeanwhile).toEqual([]);
    expect(storedMeanwhile.length).toBeGreaterThan(0);
    for (const id of storedMeanwhile)
      expect(await read(today, id)).toMatchObject({ status: 200, body: { id } });
  });

  it('has each version read what the other writes, with the same answer', async () => {
    for (const [writer, reader] of [
      [former, today],
      [today, former],
    ] as const) {
      const id = idOf(await store(writer, { tags: { team: writer.name } }));
      const [own, other] = [await read(writer, id), await read(reader, id)];
      expect(own).toMatchObject({ status: 200, body: { tags: { team: writer.name } } });
      expect(other.body).toEqual(own.body);
    }
  });

  it('lets this version end a request that the former one began, and the other way round', async () => {
    for (const [beginner, ender] of [
      [former, today],
      [today, former],
    ] as const) {
      const id = idOf(await store(beginner, { status: 'active', latency_ms: undefined, tokens: undefined }));
      const end = { status: 'completed', latency_ms: 5, tokens: { input: 3, output: 4 } };
      expect(await call(ender, `PATCH /api/v1/requests/${id}`, { key, body: end })).toMatchObject({
        status: 200,
      });
      expect(await read(beginner, id)).toMatchObject({ body: { status: 'completed', latency_ms: 5 } });
    }
  });

  it('knows a record of the other version again', async () => {
    const body = record({ source_id: 'the-same', timestamp: new Date().toISOString() });
    expect(await call(former, 'POST /api/v1/requests', { key, body })).toMatchObject({ status: 201 });
    expect(await call(today, 'POST /api/v1/requests', { key, body })).toMatchObject({
      status: 200,
      body: { duplicates: 1 },
    });
  });

  it('answers the same costs in both versions', async () => {
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    const path = `GET /api/v1/costs/summary?from=${day(-1)}&to=${day(1)}`;
    const answers = [await call(former, path, { key }), await call(today, path, { key })];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const [one, other] = answers.map(({ body }) => {
      const { as_of: _, ...costs } = body as Record<string, unknown>;
      return costs;
    });
    expect(other).toEqual(one);
  });
});
