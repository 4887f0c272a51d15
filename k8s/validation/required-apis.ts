/** Heading of the column with APIs in the tables of docs/cluster-requirements.md. */
const COLUMN = 'apiVersion';

/**
 * The API versions in docs/cluster-requirements.md: the code spans in the `apiVersion` column of its tables. People and
 * the validation read the same tables, so they cannot disagree.
 * @throws Error where no table has the column
 */
export function parseRequiredApis(markdown: string): string[] {
  const apis: string[] = [];
  let column = -1;
  for (const line of markdown.split('\n')) {
    const cells = line.startsWith('|') ? line.split('|').map((cell) => cell.trim()) : [];
    if (cells.length === 0) column = -1;
    else if (cells.includes(COLUMN)) column = cells.indexOf(COLUMN);
    else if (column >= 0)
      apis.push(...[...(cells[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, api]) => api ?? ''));
  }
  if (apis.length === 0) {
    throw new Error(
      `docs/cluster-requirements.md must have a table with a column '${COLUMN}' that lists the add-ons' APIs in backticks, found none`,
    );
  }
  return apis;
}
