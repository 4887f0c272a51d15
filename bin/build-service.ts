#!/usr/bin/env node
/** `npm run build:service`: bundles the API and the admin servers. */
import { resolve } from 'node:path';
import { buildService } from './build-service/build-service';
import { command, run } from './cli/command';

/** Folder of the bundles, from the root of the repository. */
const DEFAULT_FOLDER = 'dist/service';

const HELP = `Bundles the API and the admin servers into one file each, for an image with Node 24 and nothing else.

Usage: npm run build:service -- [options]

  --out <dir>  folder of api.js and admin.js (default: ${DEFAULT_FOLDER})
  --help       print this

docs/service.md lists the environment variables.
Exit codes: 0 built, 1 a wrong option.`;

export const main = command({
  help: HELP,
  options: { out: { type: 'string', default: DEFAULT_FOLDER } },
  run: async ({ out }, { print }) => {
    for (const { file, bytes } of await buildService(resolve(out))) {
      print(`${file}  ${(bytes / 1024 / 1024).toFixed(1)} MiB`);
    }
    return 0;
  },
});

if (require.main === module) run(main);
