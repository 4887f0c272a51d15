import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { type RawAnswer, RawServer, rawAnswer } from '../../../helpers/raw-server';
import { TestServer } from '../../../lambda/database/postgres';
import { projectKey } from '../../http/test-service';
import { rowsOf, startGateway, type TestGateway } from './gateway-service';

const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
/** 10 tokens at 0.15 and 5 at 0.6 USD a million: gpt-4o-mini's list price. */
const COST = '0.0000045000';
const FREE = '0.0000000000';
const WHOLE = JSON.stringify({
  ...{ id: 'c1', object: 'chat.completion', created: 1, model: 'gpt-4o-mini', usage: USAGE },
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
});
const chunk = (delta: object, finish: string | null = null) =>
  event({ id: 'c1', choices: [{ index: 0, delta, finish_reason: finish }] });
const event = (data: object | string) =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const HELLO = chunk({ content: 'hello' });
const USED = event({ id: 'c1', choices: [], usage: USAGE });
const STREAM = `${HELLO}${chunk({}, 'stop')}${USED}${event('[DONE]')}`;
const SEEN = STREAM.replace(USED, '');
const CUT = /"code":"provider_cut"/;

const encoded = (body: Buffer, coding: string, type = 'application/json') =>
  rawAnswer(body, { headers: { 'content-encoding': coding, 'content-type': type } });
const events = (body: string, type = 'text/event-stream') =>
  rawAnswer(body, { headers: { 'content-type': type } });
const status = (line: string, headers = {}) => rawAnswer('', { status: line, headers });
/** Events on a connection that breaks where they end. */
const broken =
  (body: string): RawAnswer =>
  (socket) =>
    socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n` +
        `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`,
    );

/** What the provider sends, then what the caller sees and the ledger has. */
const WHOLE_CASES: Record<string, [RawAnswer, { status: number; code?: string; row: string }]> = {
  'gzip that nobody asked for': [
    encoded(gzipSync(WHOLE), 'gzip'),
    { status: 200, row: `completed null ${COST}` },
  ],
  'Brotli that nobody asked for': [
    encoded(brotliCompressSync(WHOLE), 'br'),
    { status: 200, row: `completed null ${COST}` },
  ],
  'deflate that nobody asked for': [
    encoded(deflateSync(WHOLE), 'Deflate'),
    { status: 200, row: `completed null ${COST}` },
  ],
  'a byte order mark': [rawAnswer(`\ufeff${WHOLE}`), { status: 200, row: `completed null ${COST}` }],
  'headers of 40 kB': [
    rawAnswer(WHOLE, { headers: { 'x-large': 'x'.repeat(40_000) } }),
    { status: 200, row: `completed null ${COST}` },
  ],
  'a coding that nobody knows': [encoded(Buffer.from(WHOLE), 'rot13'), malformed(FREE)],
  'bytes that are not in their coding': [encoded(Buffer.from(WHOLE), 'gzip'), malformed()],
  'no HTTP': [(socket) => socket.end('220 mail.example.com ESMTP\r\n\r\n'), malformed(FREE)],
  'a status above 599': [status('999 Request Denied'), malformed(FREE)],
  'a redirect': [status('307 Temporary', { location: 'http://127.0.0.1:1/' }), malformed(FREE)],
  'no content': [status('204 No Content'), malformed(FREE)],
  'an empty body': [status('200 OK'), malformed(FREE)],
  'a page that calls itself JSON': [rawAnswer('<html></html>'), malformed(FREE)],
  'a list': [rawAnswer('[]'), malformed(FREE)],
  'the begin of an answer': [rawAnswer(WHOLE.slice(0, -20)), malformed()],
  'an error with status 200': [
    rawAnswer(JSON.stringify({ error: { message: 'busy', code: 'upstream_busy' } })),
    { status: 200, code: 'upstream_busy', row: `failed upstream_busy ${FREE}` },
  ],
};

/** @param cost of the row; without it the prompt counts */
function malformed(cost = '[0.]*[1-9]\\d*') {
  return { status: 502, code: 'provider_malformed', row: `failed provider_malformed ${cost}` };
}

const STREAM_CASES: Record<string, [RawAnswer, { sees: string; error?: RegExp; row: string }]> = {
  'gzip that nobody asked for': [
    encoded(gzipSync(STREAM), 'gzip', 'text/event-stream'),
    { sees: SEEN, row: `completed null ${COST}` },
  ],
  'a content type in capitals': [
    events(STREAM, 'Text/Event-Stream; charset=utf-8'),
    { sees: SEEN, row: `completed null ${COST}` },
  ],
  'no last events, but a reason why the output ended': [
    events(HELLO + chunk({}, 'stop')),
    { sees: HELLO + chunk({}, 'stop'), row: 'failed provider_cut .*' },
  ],
  'an orderly end in the middle of the answer': [
    events(`${HELLO}data: {"cho`),
    { sees: HELLO, error: CUT, row: 'failed provider_cut .*' },
  ],
  'a connection that breaks within an event': [
    broken(`${HELLO}data: {"cho`),
    { sees: HELLO, error: CUT, row: 'failed provider_cut .*' },
  ],
  'a connection that breaks after the last event': [
    broken(STREAM),
    { sees: SEEN, row: `completed null ${COST}` },
  ],
};

describe('strange answers of a provider', () => {
  let server: TestServer;
  let gateway: TestGateway;
  let upstream: RawServer;
  let projects = 0;

  beforeAll(async () => {
    server = await TestServer.start();
    upstream = new RawServer((body) => {
      const [, kind = '', name = ''] = /(whole|stream): ([^"]+)/.exec(body) ?? [];
      const [answer] = (kind === 'stream' ? STREAM_CASES : WHOLE_CASES)[name] ?? [status('500 Unknown')];
      return answer;
    });
    await upstream.listen();
    const providers = [{ name: 'openai', type: 'openai', baseUrl: `${upstream.url}/v1` }];
    // One attempt for each case, so that the breaker of the model stays closed.
    const environment = {
      GATEWAY_MAX_ATTEMPTS: '1',
      GATEWAY_PROVIDERS: JSON.stringify(providers),
      GATEWAY_MODELS: ROUTES,
    };
    gateway = await startGateway(server, { environment });
  });

  afterAll(async () => {
    await gateway?.close();
    await upstream?.close();
    await server?.remove();
  });

  async function ask(kind: 'whole' | 'stream', name: string, changes = {}) {
    projects += 1;
    const made = await projectKey(gateway.service, `project ${projects}`, {
      roles: ['gateway', 'read'],
    });
    const project = { service: gateway.service, ...made };
    const messages = [{ role: 'user', content: `${kind}: ${name}` }];
    const body = { model: 'gpt-4o-mini', stream: kind === 'stream', messages, ...changes };
    const response = await fetch(`${gateway.service.url}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${project.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { status, headers } = response;
    const answer = { status, type: headers.get('content-type'), text: await response.text() };
    const [row] = await rowsOf(project, 1);
    return { answer, row: `${row?.['status']} ${row?.['error_code']} ${row?.['cost_usd']}` };
  }

  test.each(Object.entries(WHOLE_CASES))('%s: a whole answer', async (name, [, expected]) => {
    const { answer, row } = await ask('whole', name);
    expect(answer.status).toBe(expected.status);
    expect(answer.type).toMatch(/^application\/json/);
    const body = JSON.parse(answer.text);
    expect(body.error?.code).toBe(expected.code);
    if (expected.code === undefined) expect(body).toEqual(JSON.parse(WHOLE));
    expect(row).toMatch(new RegExp(`^${expected.row}$`));
  });

  test.each(Object.entries(STREAM_CASES))('%s: a stream', async (name, [, { sees, error, row: kept }]) => {
    const { answer, row } = await ask('stream', name);
    expect(answer.text.startsWith(sees)).toBe(true);
    expect(answer.text.slice(sees.length)).toMatch(error ?? /^$/);
    expect(row).toMatch(new RegExp(`^${kept}$`));
  });

  test('no part of an event stands before the error where the caller asked for the usage, either', async () => {
    const name = 'a connection that breaks within an event';
    const { answer } = await ask('stream', name, {
      stream_options: { include_usage: true },
    });
    expect(answer.text).toMatch(/^data: \{"id[^\n]+\n\ndata: \{"error[^\n]+\n\n$/);
  });

  test('the provider is told that no coding is wanted', () => {
    expect(upstream.heads.every((head) => head.includes('accept-encoding: identity'))).toBe(true);
  });
});

const ROUTES = JSON.stringify([{ match: 'gpt-*', provider: 'openai' }]);
