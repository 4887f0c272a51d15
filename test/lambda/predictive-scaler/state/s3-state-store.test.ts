import { seal } from '../../../../lambda/predictive-scaler/state/envelope';
import { S3StateStore } from '../../../../lambda/predictive-scaler/state/s3-state-store';
import { CallError } from '../../../../service/shared/call-error';
import { FakeS3 } from '../../../helpers/fake-aws/fake-s3';
import type { Fault } from '../../../helpers/fault-server';
import { type RecordedWaiting, recordedWaiting } from '../../../helpers/waiting';

const OLD = Buffer.from('old state');
const NEW = Buffer.from('new state');

let s3: FakeS3;
let waiting: RecordedWaiting;

beforeAll(async () => {
  s3 = await FakeS3.start('states');
});
afterAll(() => s3.close());
beforeEach(() => {
  s3.reset();
  waiting = recordedWaiting();
});

function store(overrides: { bucket?: string; attemptMs?: number; certificateAuthority?: string } = {}) {
  const { attemptMs = 5_000, ...rest } = overrides;
  return new S3StateStore({ ...s3.client, bucket: 'states', waiting, retries: { attemptMs }, ...rest });
}

async function failureOf(call: Promise<unknown>): Promise<CallError> {
  const error = await call.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(CallError);
  return error as CallError;
}

describe('a state', () => {
  it('that was saved is loaded', async () => {
    expect(await store().save('api', OLD, undefined)).toBe('saved');
    const { bytes, etag } = await store().load('api');
    expect(bytes).toEqual(OLD);
    expect(await store().save('api', NEW, etag)).toBe('saved');
    expect((await store().load('api')).bytes).toEqual(NEW);
    expect([...s3.objects.keys()]).toEqual(['/states/state/api']);
  });

  it('has a place of its own, whatever the name', async () => {
    await store().save('../team a/api', OLD, undefined);
    expect([...s3.objects.keys()]).toEqual(['/states/state/..%2Fteam%20a%2Fapi']);
    expect((await store().load('../team a/api')).bytes).toEqual(OLD);
  });

  it('that is not there has a reason, and no ETag', async () => {
    expect(await store().load('api')).toEqual({
      bytes: undefined,
      etag: undefined,
      reason: 'no state is stored yet',
    });
  });

  it.each<[what: string, object: Buffer, reason: string]>([
    ['torn', seal(OLD).subarray(0, -3), 'a truncated state'],
    ['foreign', Buffer.from('<html>'), 'not a state of the scaler'],
  ])('that is %s has a reason, and is replaced', async (_, object, reason) => {
    s3.objects.set('/states/state/api', object);
    const loaded = await store().load('api');
    expect(loaded).toMatchObject({ bytes: undefined, reason });
    expect(await store().save('api', NEW, loaded.etag)).toBe('saved');
    expect((await store().load('api')).bytes).toEqual(NEW);
  });
});

describe('a save', () => {
  it.each<[what: string, meanwhile: () => unknown]>([
    ['was saved', () => s3.objects.set('/states/state/api', seal(NEW))],
    ['was deleted', () => s3.objects.delete('/states/state/api')],
  ])('conflicts when the state %s in between, and leaves it as it is', async (_, meanwhile) => {
    await store().save('api', OLD, undefined);
    const { etag } = await store().load('api');
    meanwhile();
    const before = new Map(s3.objects);
    expect(await store().save('api', Buffer.from('mine'), etag)).toBe('conflict');
    expect(s3.objects).toEqual(before);
  });

  it('conflicts when there is a state where there was none', async () => {
    await store().save('api', OLD, undefined);
    expect(await store().save('api', NEW, undefined)).toBe('conflict');
    expect((await store().load('api')).bytes).toEqual(OLD);
  });

  it('conflicts with a concurrent writer', async () => {
    s3.refuseNext(409, 'ConditionalRequestConflict');
    expect(await store().save('api', NEW, undefined)).toBe('conflict');
  });

  it.each(['first', 'next'])('whose answer got lost is none of somebody else (%s)', async (which) => {
    if (which === 'next') await store().save('api', OLD, undefined);
    const { etag } = await store().load('api');
    s3.server.failNext({ kind: 'cut' });
    expect(await store().save('api', NEW, etag)).toBe('saved');
    expect((await store().load('api')).bytes).toEqual(NEW);
  });

  it('leaves encryption to the bucket, and has a checksum', async () => {
    await store().save('api', OLD, undefined);
    const { headers } = s3.server.requests[0] ?? {};
    expect(headers).toMatchObject({ 'if-none-match': '*', 'x-amz-checksum-crc32': expect.any(String) });
    expect(Object.keys(headers ?? {}).filter((name) => name.includes('encryption'))).toEqual([]);
  });
});

const CALLS: readonly [what: string, call: () => Promise<unknown>][] = [
  ['load', () => store().load('api')],
  ['save', () => store().save('api', NEW, undefined)],
];

describe.each(CALLS)('%s', (what, call) => {
  beforeEach(() => {
    if (what === 'load') s3.objects.set('/states/state/api', seal(OLD));
  });

  it.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
    [429, 'TooManyRequests'],
  ])('tries %i %s again', async (status, code) => {
    s3.refuseNext(status, code, 3);
    await call();
    expect(s3.server.requests).toHaveLength(4);
    expect(waiting.waits).toEqual([100, 200, 400]);
  });

  it('tries a connection that broke again', async () => {
    s3.server.failNext({ kind: 'drop' }, 2);
    await call();
    expect(s3.server.requests).toHaveLength(3);
  });

  it.each([
    [503, 'SlowDown', 'throttled'],
    [500, 'InternalError', 'server'],
  ])('fails after four tries at %i %s', async (status, code, kind) => {
    s3.refuseNext(status, code, 10);
    expect(await failureOf(call())).toMatchObject({ kind, message: expect.stringContaining('state/api') });
    expect(s3.server.requests).toHaveLength(4);
  });

  it.each([
    [403, 'AccessDenied', 'forbidden'],
    [403, 'SignatureDoesNotMatch', 'unauthorized'],
    [400, 'ExpiredToken', 'unauthorized'],
    [400, 'InvalidRequest', 'invalid'],
  ])('fails at once at %i %s as %s', async (status, code, kind) => {
    s3.refuseNext(status, code);
    expect((await failureOf(call())).kind).toBe(kind);
    expect(s3.server.requests).toHaveLength(1);
  });

  it.each<[what: string, kind: Fault['kind']]>([
    ['nothing answers', 'hang'],
    ['answers stop in the middle', 'stall'],
  ])('fails as a timeout when %s', async (_, kind) => {
    s3.server.failNext({ kind } as Fault, 10);
    const slow = store({ attemptMs: 50 });
    const failure = failureOf(what === 'load' ? slow.load('api') : slow.save('api', NEW, undefined));
    expect((await failure).kind).toBe('timeout');
    expect(waiting.waits).toHaveLength(3);
  });
});

it('reads a state again whose connection broke in the middle', async () => {
  s3.objects.set('/states/state/api', seal(OLD));
  s3.server.failNext({ kind: 'cut' } satisfies Fault, 2);
  expect((await store().load('api')).bytes).toEqual(OLD);
  expect(s3.server.requests).toHaveLength(3);
});

it('fails as a certificate, and sends nothing, where another authority signed', async () => {
  const other = await FakeS3.start();
  await other.close();
  const { certificateAuthority } = other;
  expect((await failureOf(store({ certificateAuthority }).load('api'))).kind).toBe('certificate');
  expect(s3.server.requests).toEqual([]);
});

it('fails, rather than rebuild the state, where the bucket is missing', async () => {
  expect(await failureOf(store({ bucket: 'none' }).load('api'))).toMatchObject({
    kind: 'not-found',
    message: expect.stringContaining('NoSuchBucket'),
  });
});

it('names the right that a missing object may lack', async () => {
  s3.mayList = false;
  expect(await failureOf(store().load('api'))).toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('s3:ListBucket'),
  });
});
