import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import fc from 'fast-check';
import { EventDelivery, MAX_ATTEMPTS, waitAfter } from '../../../service/budgets/events/event-delivery';
import type { EventMessage } from '../../../service/budgets/events/event-message';
import { Topic } from '../../../service/budgets/events/topic';
import { SIGNATURE_HEADER, signatureOf, Webhook } from '../../../service/budgets/events/webhook';
import { isPublicAddress, webhookUrlProblem } from '../../../service/budgets/events/webhook-url';
import { selfSigned } from '../../helpers/certificates';
import { describeWithServers, removeFolder, serverFolder, until } from '../../helpers/servers';
import { DATABASE_PROGRAMS, TestServer } from '../../lambda/database/postgres';
import { BudgetLedger, type Project } from './budget-ledger';

const MESSAGE: EventMessage = {
  id: '0198f000-0000-7000-8000-000000000001',
  type: 'budget.warning',
  at: '2026-11-15T12:30:00.000Z',
  spent_usd: '80.0000000000',
  window_starts_at: '2026-11-01T00:00:00.000Z',
  budget: {
    ...{ id: '0198f000-0000-7000-8000-000000000002', project: '0198f000-0000-7000-8000-000000000003' },
    ...{ scope: 'user', user: 'ann', key: null, window: 'month', time_zone: 'UTC' },
    ...{ warning_usd: '80.0000000000', limit_usd: '100.0000000000' },
  },
};

/** A receiver of the tests. */
interface Receiver {
  readonly url: string;
  readonly received: { headers: NodeJS.Dict<string | string[]>; body: string }[];
  close(): void;
}

async function receiver(server: Server, answer: () => number): Promise<Receiver> {
  const received: Receiver['received'] = [];
  server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const status = answer();
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const scheme = 'setSecureContext' in server ? 'https' : 'http';
  return { url: `${scheme}://127.0.0.1:${port}/hook`, received, close: () => server.close() };
}

/** A webhook that may call this machine. */
function webhook(signingKey: string | null = 'secret', hosts = ['127.0.0.1']) {
  return new Webhook({
    signingKey: async () => signingKey,
    privateHosts: new Set(hosts),
    now: () => new Date('2026-11-15T12:30:00.900Z'),
  });
}

describe('a webhook', () => {
  test('gets the event with a signature over time and body', async () => {
    const { url, received, close } = await receiver(createServer(), () => 204);
    await webhook().send(url, MESSAGE);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(JSON.parse(body)).toEqual(MESSAGE);
    // Known value: printf '1794745800.abc' | openssl dgst -sha256 -hmac secret
    expect(signatureOf('secret', 1_794_745_800, 'abc')).toBe(
      '8815c93921fe29244fa72020c2481cf1043a6ffdff907c00a552745b34da9853',
    );
    expect(headers[SIGNATURE_HEADER]).toBe(`t=1794745800,v1=${signatureOf('secret', 1_794_745_800, body)}`);
    close();
  });

  test.each([302, 404, 500])(
    'fails where the receiver answers %d, and follows no redirect',
    async (status) => {
      const { url, received, close } = await receiver(createServer(), () => status);
      await expect(webhook().send(url, MESSAGE)).rejects.toThrow(`answered ${status} instead of 2xx`);
      expect(received).toHaveLength(1);
      close();
    },
  );

  test('is not sent without a key for the signature', async () => {
    await expect(webhook(null).send('https://example.com/', MESSAGE)).rejects.toThrow('webhook_signing_key');
  });

  test.each(['10.0.0.5', '169.254.169.254', '127.0.0.1', '::1', 'fd00::1', '::ffff:10.0.0.5'])(
    'is not sent to a name that leads to %s',
    async (address) => {
      const lookup: LookupFunction = (_name, _options, done) =>
        done(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
      const hook = new Webhook({
        signingKey: async () => 'k',
        privateHosts: new Set(),
        now: () => new Date(),
        lookup,
      });
      await expect(hook.send('https://hooks.example.com/', MESSAGE)).rejects.toThrow('which is not public');
    },
  );

  test('checks the certificate, and calls a name of the own network that is allowed', async () => {
    const folder = serverFolder();
    const files = selfSigned(folder, 'hooks', 'hooks.internal');
    const [key, cert] = [readFileSync(files.key), readFileSync(files.certificate, 'utf8')];
    const { url, received, close } = await receiver(createTlsServer({ key, cert }), () => 200);
    const lookup: LookupFunction = (_name, options, done) =>
      options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
    const props = {
      signingKey: async () => 'k',
      privateHosts: new Set(['hooks.internal']),
      now: () => new Date(),
      lookup,
    };
    const target = url.replace('127.0.0.1', 'hooks.internal');
    await expect(new Webhook(props).send(target, MESSAGE)).rejects.toThrow(/certificate|self-signed/);
    await new Webhook({ ...props, certificateAuthority: cert }).send(target, MESSAGE);
    expect(received).toHaveLength(1);
    close();
    removeFolder(folder);
  });
});

describe('the URL of a webhook', () => {
  test.each([
    ['https://hooks.example.com/a?b=c', undefined],
    ['https://8.8.8.8/', undefined],
    ['http://own.internal:8080/', undefined],
    ['http://hooks.example.com/', "must begin with https://, got 'http:'"],
    ['ftp://own.internal/', "must begin with https://, got 'ftp:'"],
    ['https://user:secret@hooks.example.com/', 'must hold no user and no password'],
    ['hooks.example.com', "must be a URL, got 'hooks.example.com'"],
    ['https://127.0.0.1/', expect.stringContaining('must lead to a public address, got 127.0.0.1')],
    ['https://2130706433/', expect.stringContaining('got 127.0.0.1')],
    ['https://[::1]/', expect.stringContaining('got ::1')],
    [`https://example.com/${'x'.repeat(2048)}`, expect.stringContaining('at most 2048 characters')],
  ])('%s: %s', (url, problem) => {
    expect(webhookUrlProblem(url, new Set(['own.internal']))).toEqual(problem);
  });

  test.each([
    ['1.1.1.1', true],
    ['172.15.0.1', true],
    ['172.16.0.1', false],
    ['100.64.0.1', false],
    ['0.0.0.0', false],
    ['255.255.255.255', false],
    ['2606:4700::1111', true],
    ['fe80::1', false],
    ['64:ff9b::a00:1', false],
    ['2002:a00:1::', false],
    ['nonsense', false],
  ])('leads to the public internet at %s: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});

test('the waits between attempts grow from 10 s to an hour, and end', () => {
  expect([1, 2, 3, 9, 10, 11, 12].map((attempt) => waitAfter(attempt, 1))).toEqual([
    10,
    20,
    40,
    2560,
    3600,
    3600,
    null,
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: MAX_ATTEMPTS - 1 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, random) => {
        const wait = waitAfter(attempt, random) as number;
        expect(wait).toBeGreaterThanOrEqual(5);
        expect(wait).toBeLessThanOrEqual(3600);
      },
    ),
  );
});

describeWithServers('the delivery of events', DATABASE_PROGRAMS, () => {
  let server: TestServer;
  let books: BudgetLedger;
  let project: Project;

  beforeAll(async () => {
    server = await TestServer.start();
    books = await BudgetLedger.open(server);
  });
  beforeEach(async () => {
    project = await books.ledger.project();
    await books.ledger.rows('DELETE FROM budget_deliveries');
  });
  afterAll(async () => {
    await books?.close();
    await server?.remove();
  });

  /** A pod that delivers, and what it sent. */
  function pod(send: (attempt: number) => Promise<void> = async () => undefined) {
    const sent: { to: string; message: EventMessage }[] = [];
    const errors: unknown[] = [];
    const delivery = new EventDelivery({
      writes: books.ledger.database.writes,
      webhook: {
        send: (url, message) => {
          sent.push({ to: url, message });
          return send(sent.length);
        },
      },
      topic: {
        publish: async (message) => {
          sent.push({ to: 'topic', message });
        },
      },
      random: () => 0,
      onError: (error) => errors.push(error),
    });
    return { delivery, sent, errors };
  }

  /** Spends so much that the warning is due. */
  async function warn(): Promise<string> {
    const budget = await books.budget(project, { warning: '1', webhook: 'https://hooks.example.com/' });
    await books.record(project, 1_000_000);
    await books.pod().keeper.keep();
    return budget;
  }

  const states = () =>
    books.ledger.rows(
      'SELECT channel, attempts, last_error, delivered_at IS NOT NULL AS delivered FROM budget_deliveries',
    );
  const makeDue = () =>
    books.ledger.rows(
      `UPDATE budget_deliveries SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL`,
    );

  test('sends a warning once, however many pods there are', async () => {
    const budget = await warn();
    const pods = [pod(), pod(), pod()];
    await Promise.all(pods.map(({ delivery }) => delivery.deliver()));
    await makeDue();
    await Promise.all(pods.map(({ delivery }) => delivery.deliver()));
    expect(pods.flatMap(({ sent }) => sent)).toEqual([
      {
        to: 'https://hooks.example.com/',
        message: {
          id: expect.any(String),
          ...{ type: 'budget.warning', at: expect.any(String), spent_usd: '1.0000000000' },
          window_starts_at: '2026-11-15T00:00:00.000Z',
          budget: {
            ...{ id: budget, project: project.projectId, scope: 'project', user: null, key: null },
            ...{ window: 'day', time_zone: 'UTC', warning_usd: '1.0000000000', limit_usd: null },
          },
        },
      },
    ]);
    expect(await states()).toEqual([{ channel: 'webhook', attempts: 1, last_error: null, delivered: true }]);
  });

  test('tries again after a failure, and says why it failed', async () => {
    await warn();
    const { delivery, sent } = pod(async (attempt) => {
      if (attempt === 1) throw new Error('the receiver answered 500 instead of 2xx');
    });
    await delivery.deliver();
    // The next attempt is not due yet.
    await delivery.deliver();
    expect(await states()).toMatchObject([
      { attempts: 1, last_error: expect.stringContaining('500'), delivered: false },
    ]);
    await makeDue();
    await delivery.deliver();
    expect(sent).toHaveLength(2);
    expect(new Set(sent.map(({ message }) => message.id)).size).toBe(1);
    expect(await states()).toMatchObject([{ attempts: 2, last_error: null, delivered: true }]);
  });

  test('gives up after 12 attempts', async () => {
    await warn();
    const { delivery, sent } = pod(() => Promise.reject(new Error('refused')));
    for (let attempt = 1; attempt <= MAX_ATTEMPTS + 2; attempt += 1) {
      await makeDue();
      await delivery.deliver();
    }
    expect(sent).toHaveLength(MAX_ATTEMPTS);
    expect(await states()).toMatchObject([
      { attempts: MAX_ATTEMPTS, last_error: 'refused', delivered: false },
    ]);
  });

  test('goes on with what a pod had begun to send when it died', async () => {
    await warn();
    const dead = pod(() => new Promise(() => undefined));
    void dead.delivery.deliver();
    await until(async () => expect(dead.sent).toHaveLength(1));
    const alive = pod();
    await makeDue();
    await alive.delivery.deliver();
    await makeDue();
    await alive.delivery.deliver();
    expect(alive.sent.length).toBe(1);
  });
});

test('a topic gets the event with its type and its project, for filters of subscriptions', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      const result = '<PublishResult><MessageId>1</MessageId></PublishResult>';
      response.writeHead(200, { 'content-type': 'text/xml', connection: 'close' });
      response.end(
        `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${result}</PublishResponse>`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const topic = new Topic('arn:aws:sns:eu-central-1:123456789012:budgets', {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    endpoint: `http://127.0.0.1:${port}`,
  });
  await topic.publish(MESSAGE);
  topic.close();
  server.close();
  const [sent = new URLSearchParams()] = bodies.map((body) => new URLSearchParams(body));
  expect(sent.get('Action')).toBe('Publish');
  expect(sent.get('TopicArn')).toBe('arn:aws:sns:eu-central-1:123456789012:budgets');
  expect(JSON.parse(sent.get('Message') ?? '')).toEqual(MESSAGE);
  const values = [...sent].filter(([name]) => name.endsWith('.StringValue')).map(([, value]) => value);
  expect(values).toEqual(['budget.warning', MESSAGE.budget.project]);
});
