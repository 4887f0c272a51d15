import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { type ConnectionSettings, withConnection } from '../../../service/database/connect';
import { isLoginRefused } from '../../../service/database/database-errors';
import { scramVerifier } from '../connection/scram-verifier';
import { DATABASE_ROLES } from '../constants';

/** Users of the service, whose way to log in each deployment sets. */
export const SERVICE_USERS = [DATABASE_ROLES.api, DATABASE_ROLES.writer, DATABASE_ROLES.admin] as const;

/** How a user of the service logs in with its password. */
export type PasswordLogin = ConnectionSettings & { readonly password: () => Promise<string> };

/** Enables IAM authentication for the service's users and so disables their passwords. Does nothing outside RDS. */
export async function loginWithIam(client: Client): Promise<void> {
  if (!(await isOnRds(client))) return;
  const before = await needsToken(client);
  await client.query('BEGIN');
  await client.query(`GRANT rds_iam TO ${SERVICE_USERS.join(', ')}`);
  const locksOut = !before && (await needsToken(client));
  await client.query(locksOut ? 'ROLLBACK' : 'COMMIT');
  if (locksOut) {
    throw new Error(
      `the migrating user must not be a member of ${SERVICE_USERS.join(' or ')}, because rds_iam would disable its password: revoke the membership, then deploy again`,
    );
  }
}

/**
 * Enables password authentication for a user of the service. Sets the given password only if it does not work yet: a
 * rotation in progress changes the password first and the secret afterwards.
 * @param login connection settings of the user
 */
export async function loginWithPassword(client: Client, login: PasswordLogin): Promise<void> {
  const user = SERVICE_USERS.find((name) => name === login.user);
  if (user === undefined) {
    throw new Error(`a log-in must be of ${SERVICE_USERS.join(', ')}, got ${login.user}`);
  }
  // On RDS a member of rds_iam cannot log in with a password.
  if (await isOnRds(client)) await client.query(`REVOKE rds_iam FROM ${user}`);
  if (await canLogIn(login)) return;
  const verifier = scramVerifier(await login.password(), randomBytes(16));
  await client.query(`ALTER ROLE ${user} PASSWORD '${verifier}'`);
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
    if (isLoginRefused((error as Error).cause)) return false;
    throw error;
  }
}
