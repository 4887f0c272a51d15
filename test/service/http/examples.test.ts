import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiPage } from '../../../bin/docs-api';
import { ADMIN_EXAMPLES, API_EXAMPLES, type ApiExample } from '../../../bin/docs-api/examples';
import { ROOT } from '../../helpers/commands';
import { writeForServer } from '../../helpers/database-servers';
import { describeWithServers, until } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { type IdentityProvider, startIdentityProvider } from '../access/oidc/identity-provider';
import { OpenApiChecker, type OpenApiDocument } from './openapi-checker';
import {
  call,
  organisationKey,
  projectKey,
  serviceDatabase,
  serviceEnvironment,
  startService,
  type TestService,
} from './test-service';

const DAY_MS = 86_400_000;

test('docs/api.md is what npm run docs:api writes', async () => {
  expect(await apiPage(() => new Date())).toBe(readFileSync(join(ROOT, 'docs/api.md'), 'utf8'));
});

describeWithServers('the examples of docs/api.md', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let api: TestService;
  let admin: TestService;
  let provider: IdentityProvider;

  beforeAll(async () => {
    server = await TestServer.start();
    const database = await serviceDatabase(server);
    provider = await startIdentityProvider();
    api = await startService('api', {
      ...serviceEnvironment(server, database, 'llm_cost_ops_api'),
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: 'llm-cost-ops',
      OIDC_CLIENT_SECRET_FILE: writeForServer(`${server.folder}/client-secret`, 'secret'),
      OIDC_EXTERNAL_URL: 'https://app.example.com',
      OIDC_PEOPLE: '[{"claim":"group","value":"finops","roles":["read"]}]',
    });
    admin = await startService('admin', serviceEnvironment(server, database, 'llm_cost_ops_admin'));
  });

  afterAll(async () => {
    await api?.close();
    await admin?.close();
    await provider?.stop();
    await server?.remove();
  });

  test('have the answers that the API documents, and there is one for each route', async () => {
    const { key } = await projectKey(api, 'examples');
    const organisation = await organisationKey(api);
    await runAll(api, '/api/v1/openapi.json', API_EXAMPLES, ({ operation }) =>
      /Project$/.test(operation) ? organisation : key,
    );
  });

  test('have the answers that the admin servers document', async () => {
    const key = await organisationKey(api);
    await runAll(admin, '/api/admin/v1/openapi.json', ADMIN_EXAMPLES, () => key);
  });

  async function runAll(
    service: TestService,
    documentPath: string,
    examples: readonly ApiExample[],
    keyOf: (example: ApiExample) => string,
  ): Promise<void> {
    const document: OpenApiDocument = (await call(service, `GET ${documentPath}`)).body;
    expect(validated(document)).toEqual({ valid: true });
    const checker = new OpenApiChecker(document);
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const values: Record<string, string> = {
      now: new Date().toISOString(),
      day: new Date(today).toISOString(),
      next_day: new Date(today + DAY_MS).toISOString(),
    };
    for (const example of examples) {
      const { method, path } = findRoute(document, example, values);
      const run = () =>
        call(service, `${method} ${path}`, {
          key: keyOf(example),
          body: example.body === undefined ? undefined : fill(example.body, values),
          headers: example.contentType === undefined ? {} : { 'content-type': example.contentType },
        });
      // A profile takes its seconds; all other answers come at once.
      const answer = await until(async () => {
        const given = await run();
        if (example.operation === 'getProfileFile' && given.status !== example.status)
          throw new Error(given.text);
        return given;
      });
      expect({ operation: example.operation, status: answer.status, text: answer.text }).toMatchObject({
        operation: example.operation,
        status: example.status,
      });
      expect(checker.problems(method, path, answer)).toEqual([]);
      for (const [name, place] of Object.entries(example.keep ?? {})) {
        values[name] = place.reduce((found, part) => found[part], answer.body);
      }
    }
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    const covered = new Set([...API_EXAMPLES, ...ADMIN_EXAMPLES].map(({ operation }) => operation));
    const missing = operations.map((operation) => operation.operationId);
    expect(missing.filter((operation) => !covered.has(operation))).toEqual([]);
  }

  function findRoute(document: OpenApiDocument, example: ApiExample, values: Record<string, string>) {
    const method = Object.values(document.paths)
      .flatMap((methods) => Object.entries(methods))
      .find(([, operation]) => operation.operationId === example.operation)?.[0];
    return { method: String(method).toUpperCase(), path: String(fill(example.path, values)) };
  }
});

/** Puts values into the places of a path or body. */
function fill(template: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof template !== 'string') return JSON.parse(String(fill(JSON.stringify(template), values)));
  return template.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** What the validator says; it is an ES module, which the test runner cannot load. */
function validated(document: OpenApiDocument): unknown {
  const script = `
    import { text } from 'node:stream/consumers';
    import { Validator } from '@seriousme/openapi-schema-validator';
    const result = await new Validator().validate(JSON.parse(await text(process.stdin)));
    console.log(JSON.stringify(result));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: ROOT,
    input: JSON.stringify(document),
  });
  return JSON.parse(output.toString());
}
