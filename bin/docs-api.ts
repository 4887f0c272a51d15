#!/usr/bin/env node
/** `npm run docs:api`: writes docs/api.md from the OpenAPI documents of the servers. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { command, run } from './cli/command';
import { openApiDocument } from './docs-api/documents';
import { ADMIN_EXAMPLES, API_EXAMPLES } from './docs-api/examples';
import { formatSection } from './docs-api/format-api';

const HELP = `Writes the reference of the HTTP API from the schemas of its routes.

Usage: npm run docs:api -- [options]

  --out <file>  (default: docs/api.md)
  --help        print this

Exit codes: 0 written, 1 a wrong option.`;

const INTRODUCTION = `# HTTP API

\`npm run docs:api\` writes this page from the schemas of the routes; a test runs every example. \`GET /api/v1/openapi.json\` is the whole contract as OpenAPI 3.1.

- JSON is in snake_case, times are RFC 3339, money is a decimal string of USD.
- Send a key as \`Authorization: Bearer <key>\` or as \`x-api-key\`. \`npm run keys -- create\` makes the first one ([service](service.md#keys)).
- Errors are problem details (RFC 9457). \`code\` is for programs, \`detail\` for people, \`instance\` is the id of the request.
- \`429\` and \`503\` have \`Retry-After\`: send the request again after that time.
- Lists have \`limit\` and \`cursor\`; \`next_cursor\` is null on the last page.
- In the examples \`{name}\` stands for a value of an earlier answer, and \`{now}\`, \`{day}\` and \`{next_day}\` for times.`;

/** The page, without a database. */
export async function apiPage(now: () => Date): Promise<string> {
  const api = await openApiDocument('api', now);
  const admin = await openApiDocument('admin', now);
  return `${[
    INTRODUCTION,
    formatSection({
      title: 'API',
      introduction: 'The API servers answer these routes.',
      document: api,
      examples: API_EXAMPLES,
      host: 'https://api.example.com',
    }),
    formatSection({
      title: 'Admin API',
      introduction:
        'The admin servers answer these routes to keys of the organisation with the role `admin`. They also have the routes of keys, projects, users, prices and the audit log, under `/api/admin/v1`.',
      document: admin,
      examples: ADMIN_EXAMPLES,
      host: 'https://admin.example.com',
    }),
  ].join('\n\n')}\n`;
}

export const main = command({
  help: HELP,
  options: { out: { type: 'string', default: 'docs/api.md' } },
  run: async ({ out }, { print }) => {
    writeFileSync(resolve(out), await apiPage(() => new Date()));
    print(`Wrote ${out}`);
    return 0;
  },
});

if (require.main === module) run(main);
