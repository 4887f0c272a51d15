import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type AwsClientProps, awsClientConfig, callAws } from '../../../service/shared/aws-call';
import { CallError } from '../../../service/shared/call-error';
import type { RetryPolicy, Waiting } from '../../../service/shared/retry';
import { STATE_PREFIX } from '../constants';
import { open, seal } from './envelope';
import type { StateStore, StoredState } from './state-store';

/** Properties of S3StateStore. */
export interface S3StateStoreProps extends AwsClientProps {
  /** Bucket of the states: encrypted by default, without expiry under STATE_PREFIX. */
  readonly bucket: string;
}

/** Retries of requests for objects of some hundred kilobytes. */
const RETRIES: RetryPolicy = {
  attempts: 4,
  attemptMs: 5_000,
  deadlineMs: 15_000,
  baseDelayMs: 200,
  maxDelayMs: 2_000,
};

/** Keeps each workload's state in an S3 object; a conditional write replaces only the version that was read. */
export class S3StateStore implements StateStore {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly retries: RetryPolicy;
  private readonly waiting: Waiting | undefined;

  constructor({ bucket, ...props }: S3StateStoreProps) {
    this.bucket = bucket;
    this.retries = { ...RETRIES, ...props.retries };
    this.waiting = props.waiting;
    this.client = new S3Client(awsClientConfig(props, this.retries));
  }

  async load(name: string): Promise<StoredState> {
    const object = await this.get(keyOf(name));
    if (!object) return { bytes: undefined, etag: undefined, reason: 'no state is stored yet' };
    const { sealed, etag } = object;
    const opened = open(sealed);
    return 'state' in opened ? { bytes: opened.state, etag } : { bytes: undefined, etag, ...opened };
  }

  async save(name: string, bytes: Uint8Array, etag: string | undefined): Promise<'saved' | 'conflict'> {
    const key = keyOf(name);
    const sealed = seal(bytes);
    try {
      await this.put(key, sealed, etag);
      return 'saved';
    } catch (error) {
      // `not-found`: the object has been deleted since it was read.
      const lost = error instanceof CallError && (error.kind === 'conflict' || error.kind === 'not-found');
      if (!lost) throw error;
    }
    // The first attempt may have succeeded although its response was lost; then its retry conflicts with itself.
    const present = await this.get(key);
    return present?.sealed.equals(sealed) ? 'saved' : 'conflict';
  }

  /** @returns undefined where the object does not exist */
  private async get(key: string): Promise<{ sealed: Buffer; etag: string } | undefined> {
    try {
      return await callAws(
        `GetObject of ${key}`,
        async (abortSignal) => {
          const input = { Bucket: this.bucket, Key: key };
          const { Body, ETag } = await this.client.send(new GetObjectCommand(input), { abortSignal });
          if (!Body || ETag === undefined)
            throw new CallError('malformed-answer', 'without a body or an ETag');
          return { sealed: Buffer.from(await Body.transformToByteArray()), etag: ETag };
        },
        this.retries,
        this.waiting,
      );
    } catch (error) {
      if (error instanceof CallError && error.kind === 'not-found' && !isBucketMissing(error))
        return undefined;
      throw error instanceof CallError && error.kind === 'forbidden' ? withHint(error) : error;
    }
  }

  private async put(key: string, sealed: Buffer, etag: string | undefined): Promise<void> {
    const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
    const input = { Bucket: this.bucket, Key: key, Body: sealed, ...condition };
    await callAws(
      `PutObject of ${key}`,
      (abortSignal) => this.client.send(new PutObjectCommand(input), { abortSignal }),
      this.retries,
      this.waiting,
    );
  }
}

function keyOf(name: string): string {
  return `${STATE_PREFIX}${encodeURIComponent(name)}`;
}

function isBucketMissing({ cause }: CallError): boolean {
  return (cause as Error | undefined)?.name === 'NoSuchBucket';
}

/** Without s3:ListBucket S3 answers Forbidden for a missing object. */
function withHint({ kind, message, cause }: CallError): CallError {
  return new CallError(kind, `${message} (without s3:ListBucket S3 answers the same for a missing object)`, {
    cause,
  });
}
