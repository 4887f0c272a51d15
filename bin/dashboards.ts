/** `npm run dashboards`: the dashboards of an environment as JSON, and pictures that are drawn from it. */
import { join } from 'node:path';
import { environments } from '../lib/config/environments';
import { loadEnvironment } from '../lib/config/resolve-config';
import { command, run, UsageError } from './cli/command';
import { FOLDERS, type Folder, writeDashboards } from './dashboards/render-dashboards';

const HELP = `Writes the dashboards of an environment as JSON, and a picture of each that is drawn from the JSON.

Usage: npm run dashboards -- --env <name> [options]

  --env <name>      environment: ${Object.keys(environments).join(', ')}
  --out <dir>       directory to replace (default: dist/<env>/dashboards)
  --pictures-only   leave the JSON out
  --json            print the summary as JSON (npm run --silent dashboards -- --json)
  --help            print this

The directory gets cloudwatch/<dashboard>.json and .svg, with placeholders such as <load-balancer> for names that
only a deployment knows, and grafana/<dashboard>.json and .svg. Curves and numbers of pictures are examples.
The pictures of the documentation: npm run dashboards -- --env prod --pictures-only --out docs/dashboards
Exit codes: 0 all written, 1 something is wrong and nothing was written.`;

export const main = command({
  help: HELP,
  options: {
    env: { type: 'string' },
    out: { type: 'string' },
    'pictures-only': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  run: async ({ env: environment, out, json, ...options }, { print }) => {
    if (environment === undefined) {
      throw new UsageError(`--env must be one of ${Object.keys(environments).join(', ')}, got none`);
    }
    const config = loadEnvironment(environment);
    const directory = out ?? join('dist', environment, 'dashboards');
    const dashboards = await writeDashboards(config, directory, options['pictures-only']);
    const names = (folder: Folder) =>
      dashboards.filter((dashboard) => dashboard.folder === folder).map(({ name }) => name);
    const summary = { environment, directory, cloudwatch: names('cloudwatch'), grafana: names('grafana') };
    if (json) {
      print(JSON.stringify(summary, null, 2));
      return 0;
    }
    print(`${environment}: ${dashboards.length} dashboards in ${directory}`);
    for (const folder of FOLDERS) print(`  ${folder}: ${summary[folder].join(', ')}`);
    return 0;
  },
});

if (require.main === module) run(main);
