import { resolveNs } from 'node:dns/promises';
import { connect } from 'node:net';
import { eksConnection } from '../cloud/connect-cluster';
import type { Surroundings } from './context';

const CONNECT_TIMEOUT_MS = 5_000;

/** This machine: its Node, clock and network. */
export function realSurroundings(): Surroundings {
  const now = () => new Date();
  return {
    nodeVersion: process.versions.node,
    now,
    connectCluster: (aws, config) => eksConnection({ aws, config, now }),
    resolveNs,
    connect: tryConnection,
  };
}

/** Opens a connection and closes it. */
function tryConnection(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () =>
      socket.destroy(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)),
    );
    socket.once('error', reject);
  });
}
