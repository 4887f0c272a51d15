import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grafanaDashboards } from '../../k8s/dashboards/grafana-dashboards';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { refuseForeignDirectory, replaceDirectory } from '../cli/output-directory';
import { cloudWatchDashboards } from './cloudwatch-dashboards';
import { drawPicture } from './draw-picture';
import type { Picture } from './picture';
import { readCloudWatch } from './read-cloudwatch';
import { type GrafanaModel, readGrafana } from './read-grafana';

/** Systems that show dashboards, which are the folders of the output too. */
export const FOLDERS = ['cloudwatch', 'grafana'] as const;
export type Folder = (typeof FOLDERS)[number];

/** A dashboard of either system with its picture. */
export interface RenderedDashboard {
  /** System that shows it. */
  readonly folder: Folder;
  /** File name without extension. */
  readonly name: string;
  /** The dashboard's JSON. */
  readonly model: object;
  /** SVG. */
  readonly picture: string;
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

/**
 * Renders the dashboards of an environment and replaces a directory by them.
 * @param picturesOnly whether the JSON is left out
 * @throws UsageError where the directory holds anything else, or cannot be written
 */
export async function writeDashboards(
  config: ResolvedConfig,
  directory: string,
  picturesOnly: boolean,
): Promise<RenderedDashboard[]> {
  refuseForeignDirectory(directory, (entries) =>
    entries.every((entry) => (FOLDERS as readonly string[]).includes(entry)),
  );
  const dashboards = renderDashboards(config);
  await replaceDirectory(directory, (staging) => {
    for (const dashboard of dashboards) writeDashboard(staging, dashboard, picturesOnly);
  });
  return dashboards;
}

function writeDashboard(directory: string, dashboard: RenderedDashboard, picturesOnly: boolean): void {
  const { folder, model, name, picture } = dashboard;
  mkdirSync(join(directory, folder), { recursive: true });
  writeFileSync(join(directory, folder, `${name}.svg`), picture);
  if (picturesOnly) return;
  writeFileSync(join(directory, folder, `${name}.json`), `${JSON.stringify(model, null, 2)}\n`);
}
