import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { type ConnectionSettings, withConnection } from '../connection/connect';
import { scramVerifier } from '../connection/scram-verifier';
import { sqlState } from '../connection/transient';
import { DATABASE_ROLES } from '../constants';

/** SQLSTATEs of a refused log-in: invalid_password, invalid_authorization_specification. */
const REFUSED: ReadonlySet<string | undefined> = new Set(['28P01', '28000']);

/** IAM log-in of the API's user; a password it may have had counts no more. Elsewhere than on RDS nothing to do. */
export async function loginWithIam(client: Client): Promise<void> {
  if (!(await onRds(client))) return;
  const before = await needsToken(client);
  await client.query('BEGIN');
  await client.query(`GRANT rds_iam TO ${DATABASE_ROLES.api}`);
  const locksOut = !before && (await needsToken(client));
  await client.query(locksOut ? 'ROLLBACK' : 'COMMIT');
  if (locksOut) {
    throw new Error(
      `whoever migrates must not be a member of ${DATABASE_ROLES.api}, or rds_iam would take its password away: revoke the membership, then deploy again`,
    );
  }
}

/**
 * Password log-in of the API's user. Set only where the given one does not work: a rotation may be under way, which
 * changes the password first and the secret after it.
 * @param login how the API itself connects
 */
export async function loginWithPassword(
  client: Client,
  login: ConnectionSettings & { readonly password: () => Promise<string> },
): Promise<void> {
  // On RDS a member of rds_iam cannot log in with a password.
  if (await onRds(client)) await client.query(`REVOKE rds_iam FROM ${DATABASE_ROLES.api}`);
  if (await works(login)) return;
  const verifier = scramVerifier(await login.password(), randomBytes(16));
  await client.query(`ALTER ROLE ${DATABASE_ROLES.api} PASSWORD '${verifier}'`);
}

/** Whether RDS would ask the connected user for a token instead of the password: members of rds_iam, however indirect. */
async function needsToken(client: Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT pg_has_role(current_user, 'rds_iam', 'MEMBER') AS member`);
  return rows[0].member;
}

async function onRds(client: Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT FROM pg_roles WHERE rolname = 'rds_iam'`);
  return rows.length > 0;
}

async function works(login: ConnectionSettings): Promise<boolean> {
  try {
    await withConnection(login, async () => undefined);
    return true;
  } catch (error) {
    if (REFUSED.has(sqlState((error as Error).cause))) return false;
    throw error;
  }
}
