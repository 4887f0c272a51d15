/** Runs on each deployment with changed SQL files; migrates the schema as the master user. */
import { join } from 'node:path';
import { readUserSecret } from '../../../service/database/user-secret';
import type { CustomResourceEvent } from '../../shared/custom-resource';
import { required, requiredInteger } from '../connection/environment';
import { rdsDatabase } from '../connection/rds';
import { DATABASE_METRICS as METRICS, MIGRATIONS_FOLDER, DATABASE_ENVIRONMENT as NAMES } from '../constants';
import { metricsLine } from '../metrics';
import { monthOf } from '../partitions/month';
import { deploySchema } from './deploy-schema';
import { readMigrations } from './migration-files';
import { serveDeployment } from './serve-deployment';

/** `statement_timeout`, seconds; the longest statement is the index of a big partition. */
const STATEMENT_TIMEOUT_SECONDS = 840;

/** How long to wait for another running migration, seconds. */
const WAIT_SECONDS = 300;

interface Context {
  getRemainingTimeInMillis(): number;
}

/** Function of the custom resource; reports failures to CloudFormation. */
export async function handler(event: CustomResourceEvent, context: Context): Promise<void> {
  await serveDeployment(event, context.getRemainingTimeInMillis(), async (signal) => {
    const result = await deploySchema(await deployment(), signal);
    console.log(JSON.stringify(result));
    // A new database gets its first data point here, a night before the partitions function runs. Written to stdout,
    // because console.log adds a prefix.
    const values = { [METRICS.monthsAhead]: result.monthsAhead };
    process.stdout.write(`${metricsLine(values, required(process.env, NAMES.environment), new Date())}\n`);
  });
}

async function deployment() {
  const base = {
    ...rdsDatabase(process.env),
    applicationName: 'llm-cost-ops-migrator',
    statementTimeoutSeconds: STATEMENT_TIMEOUT_SECONDS,
  };
  const login = async (secretArn: string) => {
    const { username, password } = await readUserSecret(secretArn);
    return { ...base, user: username, password: async () => password };
  };
  const secretArns = [NAMES.apiSecretArn, NAMES.writerSecretArn, NAMES.adminSecretArn].flatMap(
    (name) => process.env[name] ?? [],
  );
  const month = monthOf(new Date());
  return {
    admin: await login(required(process.env, NAMES.masterSecretArn)),
    migrations: readMigrations(join(required(process.env, 'LAMBDA_TASK_ROOT'), MIGRATIONS_FOLDER)),
    logins: secretArns.length === 0 ? ('iam' as const) : await Promise.all(secretArns.map(login)),
    month,
    oldestMonth: month - requiredInteger(process.env, NAMES.retentionMonths, 1, 120),
    waitSeconds: WAIT_SECONDS,
    log: console.log,
  };
}
