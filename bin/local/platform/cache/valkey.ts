import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { LocalProcess, type LocalProcessProps } from '../../local-process';

/** Where `.ci/install-servers` puts Valkey. */
const INSTALLED = join(__dirname, '../../../../.servers/bin');

/** Memory of the cache. */
const MAX_MEMORY = '128mb';

/** Path of `valkey-server`; undefined where there is none. @param searchPath `PATH` of the caller's environment */
export function valkeyProgram(searchPath = ''): string | undefined {
  return [INSTALLED, ...searchPath.split(delimiter)]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'valkey-server'))
    .find((file) => existsSync(file));
}

export interface ValkeyProps extends Pick<LocalProcessProps, 'onStart' | 'onCrash' | 'logFile'> {
  readonly name: string;
  readonly program: string;
  readonly port: number;
  /** Folder of its files. */
  readonly folder: string;
  /** Further arguments. @default - none */
  readonly args?: readonly string[];
}

/** A Valkey of its own on loopback, which keeps nothing on disk, as the cache of the cloud. */
export function valkey({ program, port, folder, args = [], ...props }: ValkeyProps): LocalProcess {
  return new LocalProcess({
    ...props,
    command: program,
    args: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...['--save', '', '--appendonly', 'no'],
      ...['--maxmemory', MAX_MEMORY, '--maxmemory-policy', 'allkeys-lru'],
      ...args,
    ],
    environment: {},
    isReady: () => answersPing(port),
  });
}

/** Whether a Valkey on the port answers. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(1000, () => socket.destroy());
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
