import '../../helpers/fake-aws/errors-of-node';
import { AwsSession } from '../../../bin/aws/aws-session';
import type { CloudContext } from '../../../bin/cloud/machine';
import { entranceOf } from '../../../bin/deploy/probe/entrance';
import { probeApi } from '../../../bin/deploy/probe/probe-api';
import { loadEnvironment } from '../../../lib/config/resolve-config';
import { ApiDouble } from '../../helpers/cloud/api-double';

const FIRST_KEY = 'lco_first';

let api: ApiDouble;
beforeEach(async () => {
  api = await ApiDouble.start({ firstKey: FIRST_KEY });
});
afterEach(() => api.close());

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
});

/** @param elapsedMs clock; a wait ends when it has passed 10 minutes */
function context(elapsedMs: () => number = () => 0): CloudContext {
  const machine = { environment: {}, home: '', root: '', now: () => new Date(0), elapsedMs, pauseMs: 1 };
  const signal = new AbortController().signal;
  const config = loadEnvironment('dev');
  return { config, aws: new AwsSession(), machine, signal, say: (line) => lines.push(line) };
}

function probe(elapsedMs?: () => number) {
  const entrance = { origin: api.server.url, host: 'api.dev.example.com' };
  return probeApi(context(elapsedMs), entrance, FIRST_KEY);
}

it('stores a record that costs nothing, reads it back, and leaves no key behind', async () => {
  expect(await probe()).toEqual({ kind: 'stored', recordId: 'record-1', milliseconds: 0 });
  expect([...api.records.values()]).toMatchObject([
    { cache_hit: true, timestamp: '1970-01-01T00:00:00.000Z' },
  ]);
  expect(api.keys.size).toBe(0);
  expect(new Set(api.server.requests.map(({ headers }) => headers.host))).toEqual(
    new Set(['api.dev.example.com']),
  );
  const made = api.server.requests.find(({ method, path }) => method === 'POST' && path === '/api/v1/keys');
  expect(JSON.parse(String(made?.body))).toMatchObject({
    project: 'project-1',
    roles: ['ingest', 'read'],
    expires_at: '1970-01-01T00:15:00.000Z',
  });
});

it('uses its project again', async () => {
  await probe();
  await probe();
  expect(api.projects).toHaveLength(1);
});

it('waits until the targets are healthy', async () => {
  const answer = { status: 503, body: '<html>no target</html>' };
  api.server.failNext({ kind: 'answer', answer }, 2);
  expect(await probe()).toMatchObject({ kind: 'stored' });
  expect(lines).toContain('waiting for GET /ready: answered 503: <html>no target</html>');
});

it('says what the load balancer answered last when it gives up', async () => {
  let now = 0;
  api.server.failWhere(() => true, { kind: 'answer', answer: { status: 503, body: 'no target' } });
  const clock = () => {
    now += 6 * 60_000;
    return now;
  };
  await expect(probe(clock)).rejects.toThrow('GET /ready through the load balancer: answered 503: no target');
});

it('is content with an API that answers when the first key was revoked', async () => {
  api.acceptsFirstKey = false;
  expect(await probe()).toMatchObject({ kind: 'ready', reason: expect.stringContaining('it was revoked') });
});

it('revokes its key also where the record is refused', async () => {
  const answer = { status: 503, body: '{"detail":"the database is away"}' };
  api.server.failWhere(({ path }) => path === '/api/v1/requests', { kind: 'answer', answer });
  await expect(probe()).rejects.toThrow(
    'POST /api/v1/requests through the load balancer answered 503: the database is away',
  );
  expect(api.keys.size).toBe(0);
});

it.each([
  ['dev', 'https://alb.example', 'api.dev.example.com'],
  ['sandbox', 'https://cdn.example', 'cdn.example'],
])('enters %s by %s with the name %s', (environment, origin, host) => {
  const stack = (id: 'Ingress' | 'Cdn', outputs: Record<string, string>) => ({
    ...{ id, stackName: id, region: 'us-east-1', arn: '', status: 'CREATE_COMPLETE' },
    ...{ reason: undefined, isProtected: false, outputs },
  });
  const stacks = [
    stack('Ingress', { LoadBalancerDnsName: 'alb.example' }),
    stack('Cdn', { DistributionDomainName: 'cdn.example' }),
  ];
  expect(entranceOf(loadEnvironment(environment), stacks)).toEqual({ origin, host });
});
