import type { Authenticated } from '../access/authenticated';
import type { CallFacts, CallFormat, FailureKind } from './formats/call-format';
import type { JsonObject } from './formats/json';
import type { ReadBody } from './read-body';
import type { ResolvedModel, Target } from './upstream/model-routes';

/** What a caller says about the cache: `no-cache` takes no kept answer, `no-store` keeps none either. */
export type CacheWish = 'default' | 'no-cache' | 'no-store';

/** A call as it arrives. */
export interface GatewayCall {
  /** Id of the row in the ledger, a UUIDv7 of the call's start. */
  readonly id: string;
  /** Id of the request in logs and answers. */
  readonly requestId: string;
  readonly format: CallFormat;
  /** The body with what is read from it. */
  readonly read: ReadBody;
  /** The body as it came. */
  readonly bytes: Uint8Array;
  /** The same, parsed. */
  readonly body: JsonObject;
  readonly caller: Authenticated;
  /** User that the caller named in a header; null: the one in the body, or the key's name. */
  readonly user: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly cacheWish: CacheWish;
  /** Headers that are for the provider, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborts when the caller has left. */
  readonly left: AbortSignal;
  /** Called when the call begins to wait for a provider, as its own or as another's: it needs nothing of the pod then. */
  readonly onWait: () => void;
  /** Start, ms of the monotonic clock. */
  readonly startMs: number;
}

/** A call whose model is known and allowed. */
export interface PlannedCall extends GatewayCall {
  readonly projectId: string;
  readonly facts: CallFacts;
  readonly resolved: ResolvedModel;
  /** Models that may answer, in order. */
  readonly targets: readonly [Target, ...Target[]];
  /** User of the row. */
  readonly userId: string;
  /** Key of the kept answer; null where none may be kept. */
  readonly cacheKey: string | null;
}

/** Where an answer comes from: `hit` from the cache or from an identical call, `bypass` without a look at it. */
export type CacheResult = 'hit' | 'miss' | 'bypass';

/** What a caller gets. */
export interface GatewayAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole answer, or a stream of events. A text goes out in one write with the headers. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly cache: CacheResult;
  /** Provider that answered. */
  readonly provider: string;
  /** What the call cost, USD as a decimal text. Null where it is not known when the answer begins. */
  readonly costUsd: string | null;
}

/** Why the gateway refuses or cannot answer a call. */
export interface Refusal {
  readonly kind: FailureKind;
  /** Code for programs, such as `budget_exceeded`. */
  readonly code: string;
  /** A sentence for the caller; without secrets, prompts or addresses. */
  readonly message: string;
  /** Field of the body that is wrong. @default - none */
  readonly param?: string;
  /** When the caller may try again, whole seconds. @default - nothing is said */
  readonly retryAfterSeconds?: number;
}

/** The gateway refuses or cannot answer a call. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';

  constructor(
    readonly refusal: Refusal,
    options?: ErrorOptions,
  ) {
    super(refusal.message, options);
  }
}
