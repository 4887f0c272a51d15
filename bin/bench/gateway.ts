#!/usr/bin/env node
/** `npm run bench:gateway`: how fast the gateway passes calls on, beside a bare route and a peer. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { command, run } from '../cli/command';
import { wholeNumber } from '../cli/option-values';
import { progressBar } from '../cli/progress-bar';
import { untilInterrupted } from '../local/interrupt';
import { drawRates } from './gateway/draw-rates';
import { figureLines } from './gateway/format-figures';
import { measureGateway } from './gateway/measure-gateway';

const HELP = `Measures the gateway with authentication, ledger and metrics on, before a simulated provider that answers in 1 ms:
direct calls, a bare Fastify route over undici, the gateway, and a peer from npm, in turn and in one run.

Usage: npm run bench:gateway -- [options]

  --seconds <n>    length of each load (default: 4)
  --no-peer        do not fetch and measure the peer
  --profile <dir>  write a CPU profile of the API process to this folder (default: none is taken)
  --plot <file>    write the rates as a picture (SVG)
  --json           print the figures as JSON (npm run --silent bench:gateway -- --json)
  --help           print this

Everything runs on loopback and shares the cores. Figures and goals: docs/gateway-figures.md.
Exit codes: 0 measured, 1 it cannot run.`;

export const main = command({
  help: HELP,
  options: {
    seconds: { type: 'string', default: '4' },
    'no-peer': { type: 'boolean', default: false },
    profile: { type: 'string' },
    plot: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  run: async ({ seconds, profile, plot, json, ...options }, { print }) => {
    const props = {
      seconds: wholeNumber('seconds', seconds, { least: 1, most: 600 }),
      peer: !options['no-peer'],
      ...(profile !== undefined && { profileFolder: resolve(profile) }),
      searchPath: process.env['PATH'],
      now: () => new Date(),
      onProgress: progressBar(process.stderr, 'loads'),
    };
    const figures = await untilInterrupted((signal) => measureGateway({ ...props, signal }));
    if (plot !== undefined) writeFileSync(resolve(plot), drawRates(figures));
    for (const line of json ? [JSON.stringify(figures, null, 2)] : figureLines(figures)) print(line);
    return 0;
  },
});

if (require.main === module) run(main);
