/** What a key may do. */
export const ROLES = ['ingest', 'read', 'gateway', 'admin'] as const;

/** `ingest` stores records, `read` asks questions, `gateway` calls models, `admin` changes settings. */
export type Role = (typeof ROLES)[number];

/** Roles that a key of the organisation can have; it belongs to no project, so it can store nothing. */
export const ORGANISATION_ROLES: readonly Role[] = ['read', 'admin'];

/** Who sends a request: the holder of an API key. */
export interface Principal {
  /** Id of the key, a UUID. */
  readonly keyId: string;
  /** Whether the key belongs to the organisation, which sees all projects. */
  readonly organisation: boolean;
  /** Project of the key, a UUID; null for a key of the organisation. */
  readonly projectId: string | null;
  /** What the key may do. */
  readonly roles: ReadonlySet<Role>;
}
