import type { ChartsSummary } from './write-charts';

/** A summary as lines of text. */
export function formatSummary({ environment, directory, files, warnings }: ChartsSummary): string[] {
  return [
    `${environment}: ${files.length} files in ${directory}`,
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
}
