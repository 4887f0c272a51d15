import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { type ConnectionSettings, withConnection } from '../../../service/database/connect';
import { sqlState } from '../../../service/database/transient';
import { scramVerifier } from '../connection/scram-verifier';
import { DATABASE_ROLES } from '../constants';

/** SQLSTATEs of a refused log-in: invalid_password, invalid_authorization_specification. */
const REFUSED: ReadonlySet<string | undefined> = new Set(['28P01', '28000']);

/** Enables IAM authentication for the API's user and so disables its password. Does nothing outside RDS. */
export async function loginWithIam(client: Client): Promise<void> {
  if (!(await isOnRds(client))) return;
  const before = await needsToken(client);
  await client.query('BEGIN');
  await client.query(`GRANT rds_iam TO ${DATABASE_ROLES.api}`);
  const locksOut = !before && (await needsToken(client));
  await client.query(locksOut ? 'ROLLBACK' : 'COMMIT');
  if (locksOut) {
    throw new Error(
      `the migrating user must not be a member of ${DATABASE_ROLES.api}, because rds_iam would disable its password: revoke the membership, then deploy again`,
    );
  }
}

/**
 * Enables password authentication for the API's user. Sets the given password only if it does not work yet: a rotation
 * in progress changes the password first and the secret afterwards.
 * @param login connection settings of the API
 */
export async function loginWithPassword(
  client: Client,
  login: ConnectionSettings & { readonly password: () => Promise<string> },
): Promise<void> {
  // On RDS a member of rds_iam cannot log in with a password.
  if (await isOnRds(client)) await client.query(`REVOKE rds_iam FROM ${DATABASE_ROLES.api}`);
  if (await canLogIn(login)) return;
  const verifier = scramVerifier(await login.password(), randomBytes(16));
  await client.query(`ALTER ROLE ${DATABASE_ROLES.api} PASSWORD '${verifier}'`);
}

/** Whether RDS requires a token of the connected user instead of its password: direct or indirect member of rds_iam. */
async function needsToken(client: Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT pg_has_role(current_user, 'rds_iam', 'MEMBER') AS member`);
  return rows[0].member;
}

async function isOnRds(client: Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT FROM pg_roles WHERE rolname = 'rds_iam'`);
  return rows.length > 0;
}

async function canLogIn(login: ConnectionSettings): Promise<boolean> {
  try {
    await withConnection(login, async () => undefined);
    return true;
  } catch (error) {
    if (REFUSED.has(sqlState((error as Error).cause))) return false;
    throw error;
  }
}
