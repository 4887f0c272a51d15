import type { Table } from '../cli/text-table';

/** Text that may stand in an element or an attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

/** A table whose first row is its head. */
export function htmlTable([head = [], ...rows]: Table): string {
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${cells(head, 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table>`;
}

/** What pages with tables and plots have in common; `--ink`, `--ground` and `--faint` are the page's colours. */
export const PAGE_STYLE = `body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:1140px;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .8rem;text-align:right;border-bottom:1px solid var(--faint)}
th:first-child,td:first-child{text-align:left;padding-left:0}
svg{width:100%;display:block;margin:.5rem 0}
text{font-size:11px;fill:var(--ink)}
.end{text-anchor:end}
.axis{stroke:var(--faint);fill:none}
.line{fill:none;stroke-width:1.3;stroke-linejoin:round}
.legend label,.legend span{margin-right:1.2rem;white-space:nowrap}
.swatch{display:inline-block;width:.9em;height:.9em;margin-right:.35em;vertical-align:-.1em}`;
