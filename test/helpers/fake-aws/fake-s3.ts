import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Answer, ReceivedRequest } from '../fault-server';
import { FakeAws } from './fake-aws';

/** S3's GetObject and PutObject with ETags, conditions and checksums, for the buckets that it is started with. */
export class FakeS3 extends FakeAws {
  /** Objects by `/bucket/key`. */
  readonly objects = new Map<string, Buffer>();
  /** Whether the caller may list the bucket: without it, S3 does not say that an object is missing. */
  mayList = true;
  private buckets: readonly string[] = [];

  static async start(...buckets: readonly string[]): Promise<FakeS3> {
    const fake = new FakeS3('s3');
    fake.buckets = buckets;
    await fake.server.listen();
    return fake;
  }

  /** Forgets objects, faults and requests. */
  reset(): void {
    this.objects.clear();
    this.mayList = true;
    this.server.reset();
  }

  protected answer(request: ReceivedRequest): Answer {
    const path = decodeURIComponent(request.path);
    const bucket = path.split('/')[1] ?? '';
    if (!this.buckets.includes(bucket)) return this.refusal(404, 'NoSuchBucket', `no bucket ${bucket}`);
    if (request.method === 'GET') return this.get(path, request);
    if (request.method === 'PUT') return this.put(path, request);
    return this.refusal(405, 'MethodNotAllowed', request.method);
  }

  protected refusal(status: number, code: string, message: string): Answer {
    const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    return { status, headers: { 'content-type': 'application/xml' }, body };
  }

  private get(path: string, { headers }: ReceivedRequest): Answer {
    const body = this.objects.get(path);
    if (!body) {
      return this.mayList
        ? this.refusal(404, 'NoSuchKey', 'The specified key does not exist.')
        : this.refusal(403, 'AccessDenied', 'Access Denied');
    }
    const checksum = headers['x-amz-checksum-mode'] === 'ENABLED' && {
      'x-amz-checksum-crc32': crc32Of(body),
    };
    return { status: 200, headers: { etag: etagOf(body), ...checksum }, body };
  }

  private put(path: string, { headers, body }: ReceivedRequest): Answer {
    const present = this.objects.get(path);
    if (headers['if-none-match'] === '*' && present) {
      return this.refusal(412, 'PreconditionFailed', 'There is one already');
    }
    const wanted = headers['if-match'];
    if (wanted !== undefined) {
      if (!present) return this.refusal(404, 'NoSuchKey', 'The specified key does not exist.');
      if (wanted !== etagOf(present)) return this.refusal(412, 'PreconditionFailed', 'It is another one now');
    }
    const checksum = headers['x-amz-checksum-crc32'];
    if (checksum !== undefined && checksum !== crc32Of(body)) {
      return this.refusal(400, 'BadDigest', 'The CRC32 you specified did not match');
    }
    this.objects.set(path, body);
    return { status: 200, headers: { etag: etagOf(body) } };
  }
}

/** As S3 makes it of an object that was uploaded in one piece, unencrypted or with its own key. */
function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function crc32Of(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
}
