import { createPublicKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { fetchBounded } from './fetch-bounded';

export interface AlbPublicKeysProps {
  /** Address that the id of a key follows, such as https://public-keys.auth.elb.us-east-1.amazonaws.com */
  readonly baseUrl: string;
  readonly now: () => Date;
}

/** Most keys in memory. */
const MOST_KEYS = 32;

/** Most questions about unknown keys in ten seconds: invented ids must not cause calls without an end. */
const MOST_QUESTIONS = 20;
const WINDOW_MS = 10_000;

/** Ids of keys are UUIDs; anything else would reach other paths. */
const KEY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Public keys by which load balancers of a region sign. A key never changes; the load balancer uses new ones with new ids. */
export class AlbPublicKeys {
  private readonly keys = new LRUCache<string, Promise<KeyObject | undefined>>({ max: MOST_KEYS });
  private window = { since: Number.NEGATIVE_INFINITY, questions: 0 };

  constructor(private readonly props: AlbPublicKeysProps) {}

  /**
   * The key of an id; undefined where there is none.
   * @throws OidcUnavailableError where the address does not answer
   */
  find(id: string): Promise<KeyObject | undefined> {
    const known = this.keys.get(id);
    if (known !== undefined) return known;
    if (!KEY_ID.test(id) || !this.mayAsk()) return Promise.resolve(undefined);
    const asked = this.ask(id);
    this.keys.set(id, asked);
    // Only keys are kept: an id that is unknown today may be a new key tomorrow.
    const forget = () => this.keys.peek(id) === asked && this.keys.delete(id);
    asked.then((key) => key === undefined && forget(), forget);
    return asked;
  }

  private mayAsk(): boolean {
    const now = this.props.now().getTime();
    if (now - this.window.since >= WINDOW_MS) this.window = { since: now, questions: 0 };
    this.window.questions += 1;
    return this.window.questions <= MOST_QUESTIONS;
  }

  private async ask(id: string): Promise<KeyObject | undefined> {
    const { status, text } = await fetchBounded({ url: `${this.props.baseUrl}/${id}` });
    if (status !== 200) return undefined;
    try {
      const key = createPublicKey(text);
      return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
    } catch {
      return undefined;
    }
  }
}
