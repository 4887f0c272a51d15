import { createHash } from 'node:crypto';
import { PAGE_SCRIPT } from './page-script';

const STYLE = `
:root { color-scheme: light dark; --line: #8885; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1rem; margin: 1.2rem 0 0.2rem; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; }
path { fill: none; stroke-width: 2; } .grid { stroke: var(--line); } .now { stroke: currentColor; stroke-dasharray: 2 3; }
.measured, .present { stroke: #0072b2; } .forecast, .floor { stroke: #d55e00; }
.upper { stroke: #d55e00; stroke-dasharray: 4 3; stroke-width: 1; } .wanted { stroke: #009e73; stroke-dasharray: 6 3; }
.key::before { content: ''; display: inline-block; width: 1.5em; border-top: 3px solid; vertical-align: middle; margin-right: 0.4em; }
.key { margin-right: 1.2em; } .blue::before { border-color: #0072b2; } .red::before { border-color: #d55e00; }
.thin::before { border-top: 1px dashed #d55e00; } .green::before { border-top: 3px dashed #009e73; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; } dt { font-weight: 600; } dd { margin: 0; }
`;

const BODY = `
<h1>The loop on this machine</h1>
<dl>
<dt>Time</dt><dd id="now">…</dd>
<dt>Load</dt><dd id="load-now">…</dd>
<dt>Pods</dt><dd id="pods-now">…</dd>
<dt>HPA</dt><dd id="reason">…</dd>
<dt>Scaler</dt><dd id="scaler">…</dd>
</dl>
<h2>Load, requests per second</h2>
<svg id="load" viewBox="0 0 900 220" role="img" aria-label="Load and forecast over time"></svg>
<p><span class="key blue">measured</span><span class="key red">forecast</span><span class="key thin">not exceeded with 95 %</span></p>
<h2>Pods</h2>
<svg id="pods" viewBox="0 0 900 220" role="img" aria-label="Floor and pods over time"></svg>
<p><span class="key blue">pods</span><span class="key green">wanted by the HPA</span><span class="key red">floor of the scaler</span></p>
`;

/** The page, complete in itself. */
export const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>Load, forecast, floor, pods</title><style>${STYLE}</style></head>
<body>${BODY}<script>${PAGE_SCRIPT}</script></body></html>
`;

/** Allows what is in the page, by its hash, and nothing from elsewhere. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(PAGE_SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
