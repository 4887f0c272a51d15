import { PGBOUNCER_NAME } from '../../../lib/config/names';
import type { ChecklistPhase } from '../item';
import { either, field, inFile, is, isSet, knob, measured, property, within } from '../looks';
import { DISTRIBUTION, PARAMETERS, QUESTIONS, SETTINGS } from './places';

const INDEXES = 'lambda/database/migrations/0004_request_indexes.sql';

export const PHASE_1: ChecklistPhase = {
  title: 'Phase 1: quick wins',
  items: [
    {
      id: '1.1',
      title: 'Turn on pooling of database connections',
      stacks: ['Data'],
      checks: [
        field('ConfigMap', SETTINGS, 'data.DB_POOL_MAX', 'each pod has a pool', within(1)),
        field('ConfigMap', SETTINGS, 'data.DB_WRITE_POOL_MAX', 'writes have a pool of their own', within(1)),
        either('a pooler shares the connections: RDS Proxy or PgBouncer', ({ config }) =>
          config.database.pooler === 'rds-proxy'
            ? property(
                { stack: 'Data', type: 'AWS::RDS::DBProxyTargetGroup' },
                'ConnectionPoolConfigurationInfo.MaxConnectionsPercent',
                'RDS Proxy pools',
                within(1, 100),
              )
            : field('Deployment', PGBOUNCER_NAME, 'spec.replicas', 'PgBouncer runs', within(1)),
        ),
      ],
    },
    {
      id: '1.2',
      title: 'Cache in Redis (here: Valkey)',
      stacks: ['Cache'],
      checks: [
        property(
          { stack: 'Cache', type: 'AWS::ElastiCache::ReplicationGroup' },
          'Engine',
          'there is a shared cache',
          is('valkey', 'redis'),
        ),
        field('ConfigMap', SETTINGS, 'data.CACHE_NAME', 'pods know it', isSet),
        inFile(
          'service/cache/valkey-client.ts',
          /export class ValkeyClient/,
          'the service has a client of it',
        ),
      ],
    },
    {
      id: '1.3',
      title: 'Index the columns of common queries',
      stacks: ['Data'],
      checks: [
        inFile(
          INDEXES,
          /CREATE INDEX \w+ ON ONLY llm_requests \(user_id, "timestamp" DESC/,
          'history of a user',
        ),
        inFile(INDEXES, /INCLUDE \(cost\)/, 'costs of a user, without reading rows'),
        inFile(INDEXES, /WHERE status = 'active'/, 'requests under way'),
        inFile(INDEXES, /USING gin \(prompt_document/, 'words of prompts'),
      ],
    },
    {
      id: '1.4',
      title: 'Compress answers',
      stacks: ['Cdn'],
      checks: [
        property(
          DISTRIBUTION,
          'DistributionConfig.DefaultCacheBehavior.Compress',
          'static files, at the edge',
          is(true),
        ),
        inFile('service/http/server.ts', /register\(compress/, 'answers of the API'),
      ],
    },
    {
      id: '1.5',
      title: 'Find and mend queries of more than a second',
      stacks: ['Data'],
      checks: [
        property(
          PARAMETERS,
          'Parameters.log_min_duration_statement',
          'PostgreSQL logs them',
          within(0, 1000),
        ),
        knob('database.slowQueryMilliseconds', 'so does the service', within(1, 1000)),
        measured(QUESTIONS, 'the slowest question of the API stays below a second at a million requests'),
      ],
    },
  ],
};
