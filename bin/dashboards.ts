/** `npm run dashboards`: the dashboards of an environment as JSON, and pictures that are drawn from it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grafanaDashboards } from '../k8s/dashboards/grafana-dashboards';
import type { ResolvedConfig } from '../lib/config/environment-config';
import { environments } from '../lib/config/environments';
import { loadEnvironment } from '../lib/config/resolve-config';
import { expectedLines, parseOptions, run, type Terminal, UsageError } from './cli/command';
import { refuseForeignDirectory, replaceDirectory } from './cli/output-directory';
import { cloudWatchDashboards } from './dashboards/cloudwatch-dashboards';
import { drawPicture } from './dashboards/draw-picture';
import type { Picture } from './dashboards/picture';
import { readCloudWatch } from './dashboards/read-cloudwatch';
import { type GrafanaModel, readGrafana } from './dashboards/read-grafana';

const HELP = `Writes the dashboards of an environment as JSON, and a picture of each that is drawn from the JSON.

Usage: npm run dashboards -- --env <name> [options]

  --env <name>      environment: ${Object.keys(environments).join(', ')}
  --out <dir>       directory to replace (default: dist/<env>/dashboards)
  --pictures-only   leave the JSON out
  --json            print the summary as JSON
  --help            print this

The directory gets cloudwatch/<dashboard>.json and .svg, with placeholders such as <load-balancer> for what a
deployment makes, and grafana/<dashboard>.json and .svg. Curves and numbers of pictures are examples. The pictures of
the documentation: npm run dashboards -- --env prod --pictures-only --out docs/dashboards
Exit codes: 0 all written, 1 something is wrong and nothing was written.`;

const FOLDERS = ['cloudwatch', 'grafana'] as const;
type Folder = (typeof FOLDERS)[number];

/** A dashboard of either system, and what it looks like. */
export interface RenderedDashboard {
  readonly folder: Folder;
  /** File name without extension. */
  readonly name: string;
  /** The dashboard's JSON. */
  readonly model: object;
  /** SVG. */
  readonly picture: string;
}

/** @returns exit code */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const { help, json, out, picturesOnly, environment } = readOptions(argv);
    if (help) {
      terminal.print(HELP);
      return 0;
    }
    const config = loadEnvironment(environment);
    const directory = out ?? join('dist', environment, 'dashboards');
    refuseForeignDirectory(directory, (entries) =>
      entries.every((entry) => (FOLDERS as readonly string[]).includes(entry)),
    );
    const dashboards = renderDashboards(config);
    await replaceDirectory(directory, (staging) => write(staging, dashboards, picturesOnly));
    report(environment, directory, dashboards, json, terminal);
    return 0;
  } catch (error) {
    for (const line of expectedLines(error)) terminal.printError(line);
    return 1;
  }
}

/** All dashboards of an environment with their pictures. */
export function renderDashboards(config: ResolvedConfig): RenderedDashboard[] {
  const render = (folder: Folder, name: string, model: object, picture: Picture) => ({
    folder,
    name,
    model,
    picture: drawPicture(picture),
  });
  return [
    ...Object.entries(cloudWatchDashboards(config)).map(([name, body]) =>
      render('cloudwatch', name, body, readCloudWatch(name, body)),
    ),
    ...Object.entries(grafanaDashboards(config)).map(([name, model]: [string, GrafanaModel]) =>
      render('grafana', name, model, readGrafana(model)),
    ),
  ];
}

function readOptions(argv: readonly string[]) {
  const { env, help, json, out, ...options } = parseOptions(argv, {
    env: { type: 'string' },
    out: { type: 'string' },
    'pictures-only': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (env === undefined && !help) {
    throw new UsageError(`--env must be one of ${Object.keys(environments).join(', ')}, got none`);
  }
  return { environment: env ?? '', help, json, out, picturesOnly: options['pictures-only'] };
}

function write(directory: string, dashboards: readonly RenderedDashboard[], picturesOnly: boolean): void {
  for (const { folder, model, name, picture } of dashboards) {
    mkdirSync(join(directory, folder), { recursive: true });
    writeFileSync(join(directory, folder, `${name}.svg`), picture);
    if (!picturesOnly) {
      writeFileSync(join(directory, folder, `${name}.json`), `${JSON.stringify(model, null, 2)}\n`);
    }
  }
}

function report(
  environment: string,
  directory: string,
  dashboards: readonly RenderedDashboard[],
  json: boolean,
  { print }: Terminal,
): void {
  const names = (folder: Folder) =>
    dashboards.filter((dashboard) => dashboard.folder === folder).map(({ name }) => name);
  const summary = { environment, directory, cloudwatch: names('cloudwatch'), grafana: names('grafana') };
  if (json) {
    print(JSON.stringify(summary, null, 2));
    return;
  }
  print(`${environment}: ${dashboards.length} dashboards in ${directory}`);
  for (const folder of FOLDERS) print(`  ${folder}: ${summary[folder].join(', ')}`);
}

if (require.main === module) run(main);
