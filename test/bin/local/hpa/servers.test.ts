import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { startApiServer } from '../../../../bin/local/hpa/api-server';
import { HpaStore } from '../../../../bin/local/hpa/hpa-store';
import { LoopHistory } from '../../../../bin/local/hpa/loop-history';
import { MinuteLoads } from '../../../../bin/local/hpa/minute-loads';
import { type PageState, startPageServer } from '../../../../bin/local/hpa/page-server';
import { selfSignedCertificate } from '../../../../k8s/scripts/self-signed-certificate';

const PATH = '/apis/autoscaling/v2/namespaces/apps/horizontalpodautoscalers/api';
const APPLY = { 'content-type': 'application/apply-patch+yaml' };

/** A call, with the right token unless it says otherwise. */
interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const patch = (minReplicas: number, query = 'fieldManager=scaler', metadata = {}): Call => ({
  ...{ method: 'PATCH', path: `${PATH}?${query}`, headers: APPLY },
  body: { metadata, spec: { minReplicas } },
});

describe('the Kubernetes API of the local HPA', () => {
  const certificate = selfSignedCertificate('test');
  const history = new LoopHistory();
  let url: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const store = new HpaStore();
    const metadata = { name: 'api', namespace: 'apps' };
    store.put({ metadata, spec: { minReplicas: 1, maxReplicas: 5 }, manager: 'kubectl' });
    const loads = new MinuteLoads();
    loads.add(0, 180_000, 7);
    const server = await startApiServer({
      ...{ store, loads, history, certificate, token: 'the-token', platformMs: () => 150_000 },
    });
    ({ url, close } = server);
  });

  afterAll(() => close());

  function answerTo({ method, path, headers, body }: Call): Promise<{ status: number; body: string }> {
    const options = {
      ...{ method, ca: certificate.certificate, agent: false },
      headers: { authorization: 'Bearer the-token', ...headers },
    };
    return new Promise((resolve, reject) => {
      const outgoing = secureRequest(`${url}${path}`, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  const forecast = {
    originMinute: 1,
    forecasts: [{ horizonMinutes: 15, point: 2, upper: null }],
    gate: 'ACTIVE',
    message: 'm',
  };

  test.each<[string, Call, status: number, body: string]>([
    ['serves the HPA', { method: 'GET', path: PATH }, 200, '"minReplicas":1'],
    [
      'refuses another token',
      { method: 'GET', path: PATH, headers: { authorization: 'Bearer other' } },
      401,
      'Unauthorized',
    ],
    ['refuses no token', { method: 'GET', path: PATH, headers: { authorization: '' } }, 401, 'Unauthorized'],
    ['has no other HPA', { method: 'GET', path: `${PATH}-2` }, 404, 'not found'],
    ['has no other path', { method: 'GET', path: '/apis' }, 404, 'no such path'],
    ['has no path in a broken encoding', { method: 'GET', path: '/%E0%A4%A' }, 404, 'no such path'],
    ['removes nothing', { method: 'DELETE', path: PATH }, 405, 'DELETE'],
    ['names whose field a patch would take', patch(3), 409, 'spec.minReplicas: kubectl'],
    ['takes the field by force', patch(3, 'fieldManager=scaler&force=true'), 200, '"minReplicas":3'],
    [
      'refuses another version',
      patch(4, 'fieldManager=scaler', { resourceVersion: '1' }),
      409,
      'has been modified',
    ],
    ['refuses a floor above the maximum', patch(6), 422, 'spec.maxReplicas: Invalid value: 5'],
    ['refuses a floor of 0', patch(0), 422, 'spec.minReplicas: Invalid value: 0'],
    [
      'checks in a dry run, and changes nothing',
      patch(5, 'fieldManager=scaler&dryRun=All'),
      200,
      '"minReplicas":5',
    ],
    ['still has the last floor', { method: 'GET', path: PATH }, 200, '"minReplicas":3'],
    ['wants a field manager', patch(3, ''), 400, 'fieldManager'],
    ['takes server-side apply only', { ...patch(3), headers: {} }, 415, 'unsupported'],
    ['refuses a body that is no JSON', { ...patch(3), body: '{' }, 400, 'JSON'],
    ['refuses a large body', { ...patch(3), body: 'x'.repeat(70_000) }, 413, '65536'],
    [
      'has the loads of minutes that are over',
      { method: 'GET', path: '/local/v1/loads?from=1' },
      200,
      '[{"minute":1,"load":7}]',
    ],
    ['wants a whole minute', { method: 'GET', path: '/local/v1/loads?from=x' }, 400, 'whole minute'],
    ['takes a forecast', { method: 'PUT', path: '/local/v1/forecast', body: forecast }, 200, '{}'],
    [
      'refuses another one',
      { method: 'PUT', path: '/local/v1/forecast', body: { ...forecast, gate: 1 } },
      422,
      'gate',
    ],
  ])('%s', async (_, call, status, body) => {
    const answer = await answerTo(call);
    expect(answer).toEqual({ status, body: expect.stringContaining(body) });
  });

  test('keeps the forecasts that it took', () => {
    expect(history.forecasts).toEqual([forecast]);
  });
});

describe('the page of the local HPA', () => {
  const state: PageState = {
    ...{ nowMs: 0, speed: 1, requestsPerPod: 100, minReplicas: 1, maxReplicas: 5, reason: 'no sync yet' },
    ...{ points: [], forecasts: [] },
  };
  let url: string;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ url, close } = await startPageServer(() => state));
  });

  afterAll(() => close());

  function answerTo(
    path: string,
    host: string,
    method = 'GET',
  ): Promise<{ status: number; policy: unknown; body: string }> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${url}${path}`, { method, headers: { host } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            policy: answer.headers['content-security-policy'],
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  const own = () => new URL(url).host;

  test.each<[string, path: string, host: () => string, method: string, status: number, body: string]>([
    ['is there by its address', '/', own, 'GET', 200, '<!doctype html>'],
    [
      'is there by the name localhost',
      '/',
      () => own().replace('127.0.0.1', 'localhost'),
      'GET',
      200,
      '<!doctype html>',
    ],
    ['has its numbers', '/state.json', own, 'GET', 200, '"requestsPerPod":100'],
    [
      'is not there by a name that somebody else has led here',
      '/state.json',
      () => 'evil.example',
      'GET',
      421,
      'localhost',
    ],
    ['takes nothing', '/', own, 'POST', 405, 'only GET'],
    ['has nothing else', '/platform.json', own, 'GET', 404, 'not here'],
  ])('%s', async (_, path, host, method, status, body) => {
    const answer = await answerTo(path, host(), method);
    expect(answer).toEqual({
      ...{ status, body: expect.stringContaining(body) },
      policy: expect.stringContaining("default-src 'none'"),
    });
  });

  test('runs no script but its own', async () => {
    const { policy, body } = await answerTo('/', own());
    expect(policy).not.toContain('unsafe');
    expect(body).not.toMatch(
      /innerHTML|outerHTML|insertAdjacent|document\.write|https?:\/\/(?!www\.w3\.org)/,
    );
  });
});
