import { LRUCache } from 'lru-cache';
import { DatabaseUnavailableError, isConnectionLost } from '../database/database-errors';
import type { AccessProps } from './access-props';
import { commonModels } from './allowed-models';
import type { AnswerCaching } from './answer-caching';
import type { Authenticated } from './authenticated';
import { hashSecret, isKey, sameHash } from './key-token';
import { LookUpTurns } from './look-up-turns';
import type { AlbIdentity } from './oidc/alb-identity';
import { callerOfPerson } from './oidc/caller-of-person';
import type { PeopleRules } from './oidc/people-rules';
import type { Role } from './principal';

export interface AuthenticatorProps extends AccessProps {
  /** Rights of people whom an identity provider vouches for. @default - none: their sessions are refused */
  readonly people?: PeopleRules | null;
  /** Checks the identity that the load balancer adds to requests. @default - none: it is not looked at */
  readonly albIdentity?: AlbIdentity | null;
}

/** A key or session that was looked up: who it is, and when it ends. */
interface Identity extends Authenticated {
  /** When the key or the session ends; null: not by itself. */
  readonly expiresAt: Date | null;
}

/** How long an answer of the database may be used, ms. It bounds the time until a revoked key is refused everywhere. */
const CACHE_MS = 10_000;

/**
 * How long an answer of the database may be used while the database is away, ms, so that known callers of the gateway
 * get answers. Nobody can revoke a key meanwhile, and an end that the key has of its own still counts.
 */
const AWAY_MS = 3_600_000;

/** Most keys and sessions in memory; unknown ones are kept too, so that a wrong key asks the database once in 10 s. */
const MOST_CACHED = 10_000;

/** Least time between two notes of a key's last use, ms. */
const LAST_USE_MS = 60_000;

interface Cached {
  /** When the question to the database began, ms. */
  readonly since: number;
  /** When the question began that the database answered last, ms. */
  confirmedAt: number;
  identity: Promise<Identity | undefined>;
  /** Null before the database has answered. */
  found: Identity | undefined | null;
}

interface IdentityRow {
  readonly hash: Buffer;
  readonly id: string;
  readonly project_id: string | null;
  readonly roles: Role[];
  readonly name: string;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly project_tokens_per_minute: number | null;
  readonly allowed_models: string[] | null;
  readonly project_allowed_models: string[] | null;
  /** Null for a key of the organisation. */
  readonly answer_caching: AnswerCaching | null;
  readonly expires_at: Date | null;
}

/** A session of a key's holder, or of a person: the columns of a key are then null. */
interface SessionRow extends IdentityRow {
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly email: string | null;
  readonly member_of: string[] | null;
}

// The smaller limit counts: an admin of a project makes its keys, the organisation sets the project's limit.
const KEY_COLUMNS = `k.id, k.project_id, k.roles, k.name,
  least(k.requests_per_minute, p.requests_per_minute) AS requests_per_minute,
  k.tokens_per_minute, p.tokens_per_minute AS project_tokens_per_minute,
  k.allowed_models, p.allowed_models AS project_allowed_models,
  p.answer_caching`;

const BY_KEY = `
  SELECT k.hash, ${KEY_COLUMNS}, k.expires_at
  FROM api_keys k LEFT JOIN projects p ON p.id = k.project_id
  WHERE k.hash = $1 AND k.revoked_at IS NULL AND p.archived_at IS NULL`;

const BY_SESSION = `
  SELECT s.id_hash AS hash, ${KEY_COLUMNS}, s.issuer, s.subject, s.email, s.member_of,
    least(k.expires_at, s.expires_at) AS expires_at
  FROM sessions s LEFT JOIN api_keys k ON k.id = s.key_id LEFT JOIN projects p ON p.id = k.project_id
  WHERE s.id_hash = $1 AND k.revoked_at IS NULL AND p.archived_at IS NULL`;

function isAbout(subject: string, name: string, identity: Identity | undefined): boolean {
  if (name === subject.replace(':', ' ')) return true;
  const { keyId, projectId } = identity?.principal ?? {};
  return subject === `key:${keyId}` || subject === `project:${projectId}`;
}

function identityOfKey(row: IdentityRow): Identity {
  return {
    principal: {
      keyId: row.id,
      organisation: row.project_id === null,
      projectId: row.project_id,
      roles: new Set(row.roles),
    },
    keyName: row.name,
    requestsPerMinute: row.requests_per_minute,
    tokensPerMinute: { key: row.tokens_per_minute, project: row.project_tokens_per_minute },
    allowedModels: commonModels(row.allowed_models, row.project_allowed_models),
    answerCaching: row.answer_caching ?? 'default',
    expiresAt: row.expires_at,
  };
}

/** Whether a former answer of the database counts after a failed question: only where the database is away. */
function isUsable(
  known: Cached | undefined,
  error: unknown,
  now: number,
): known is Cached & { readonly found: Identity } {
  if (!(error instanceof DatabaseUnavailableError) && !isConnectionLost(error)) return false;
  return known?.found != null && now - known.confirmedAt < AWAY_MS;
}

/**
 * Finds out who sends a request. Answers of the database are used for at most 10 s; while it is away, those that it
 * gave last for up to an hour.
 */
export class Authenticator {
  private readonly cache = new LRUCache<string, Cached>({ max: MOST_CACHED });
  private readonly lastUses = new LRUCache<string, number>({ max: MOST_CACHED });
  /** Names of keys and sessions that were valid at their last look-up. Guesses do not push them out. */
  private readonly valid = new LRUCache<string, true>({ max: MOST_CACHED });
  private readonly turns = new LookUpTurns();

  constructor(private readonly props: AuthenticatorProps) {}

  /**
   * Holder of an API key; undefined for a key that is unknown, revoked or expired.
   * @throws TooManyLookUpsError where too many keys that were not valid before wait for the database
   */
  byKey(secret: string): Promise<Authenticated | undefined> {
    return isKey(secret) ? this.find('key', secret) : Promise.resolve(undefined);
  }

  /**
   * Holder of a session of the console; undefined for one that has ended.
   * @throws TooManyLookUpsError as for a key
   */
  bySession(id: string): Promise<Authenticated | undefined> {
    return /^[\w-]{43}$/.test(id) ? this.find('session', id) : Promise.resolve(undefined);
  }

  /**
   * The person whom the load balancer's log-in vouches for; undefined where the setting is absent, the proof is not valid
   * or nobody has given the person rights.
   * @param proof value of the header `x-amzn-oidc-data`
   */
  async byLoadBalancer(proof: string): Promise<Authenticated | undefined> {
    const { albIdentity, people, database } = this.props;
    if (!albIdentity || !people) return undefined;
    const person = await albIdentity.verify(proof);
    return person === undefined ? undefined : callerOfPerson(database.reads, person, people);
  }

  /**
   * Forgets what a change is about, so that the next request asks the database.
   * @param subject `key:<id>`, `project:<id>` or `session:<hash>`; null: everything
   */
  forget(subject: string | null): void {
    for (const [name, { found }] of this.cache.entries()) {
      // What is being looked up may have been read before the change.
      if (subject === null || found === null || isAbout(subject, name, found)) this.cache.delete(name);
    }
  }

  private async find(kind: 'key' | 'session', secret: string): Promise<Authenticated | undefined> {
    const hash = hashSecret(secret);
    const now = this.props.now();
    const identity = await this.cached(kind, hash, now.getTime());
    if (identity === undefined || (identity.expiresAt !== null && identity.expiresAt <= now))
      return undefined;
    if (kind === 'key') this.noteUse(identity.principal.keyId, now);
    return identity;
  }

  /** Callers that ask for the same key at the same time share one question. */
  private cached(kind: 'key' | 'session', hash: Buffer, now: number): Promise<Identity | undefined> {
    const name = `${kind} ${hash.toString('base64')}`;
    const known = this.cache.get(name);
    if (known !== undefined && now - known.since < CACHE_MS) return known.identity;
    const asked = this.valid.has(name)
      ? this.lookUp(kind, hash)
      : this.turns.run(() => this.lookUp(kind, hash));
    const entry: Cached = { since: now, confirmedAt: now, identity: asked, found: null };
    // Without an answer the former one counts, unless a change was announced meanwhile.
    const identity = asked.catch((error: unknown) => {
      if (!isUsable(known, error, now) || this.cache.get(name) !== entry) throw error;
      entry.confirmedAt = known.confirmedAt;
      return known.found;
    });
    entry.identity = identity;
    this.cache.set(name, entry);
    identity.then(
      (found) => {
        entry.found = found;
        if (found === undefined) this.valid.delete(name);
        else this.valid.set(name, true);
      },
      // A failure is no answer: the next request asks again.
      () => this.cache.get(name) === entry && this.cache.delete(name),
    );
    return identity;
  }

  private async lookUp(kind: 'key' | 'session', hash: Buffer): Promise<Identity | undefined> {
    const { rows } = await this.props.database.reads.query<SessionRow & Record<string, unknown>>(
      `${kind}-authenticate`,
      kind === 'key' ? BY_KEY : BY_SESSION,
      [hash],
    );
    const row = rows[0];
    if (row === undefined || !sameHash(row.hash, hash)) return undefined;
    return kind === 'session' && row.subject !== null ? this.personOf(row) : identityOfKey(row);
  }

  /** Rights of a person follow from today's configuration, not from that of the log-in. */
  private async personOf(row: SessionRow): Promise<Identity | undefined> {
    const { people, database } = this.props;
    const { issuer, subject, email, member_of: groups, expires_at: expiresAt } = row;
    if (!people || issuer === null || subject === null || groups === null) return undefined;
    const caller = await callerOfPerson(database.reads, { issuer, subject, email, groups }, people);
    return caller && { ...caller, expiresAt };
  }

  /** Notes at most once a minute that a key is in use. Nobody waits for it, and it may fail. */
  private noteUse(keyId: string, now: Date): void {
    if (now.getTime() - (this.lastUses.get(keyId) ?? 0) < LAST_USE_MS) return;
    this.lastUses.set(keyId, now.getTime());
    this.props.database.writes
      .query(
        'key-used',
        'UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)',
        [keyId, now],
      )
      .catch(() => undefined);
  }
}
