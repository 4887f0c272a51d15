import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';

/** Files of a certificate that is its own authority. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes a key and a self-signed certificate for loopback and the given names, with the openssl program (Node cannot
 * make certificates). Only ever in a temporary folder: no key is part of the repository.
 */
export function selfSigned(folder: string, name: string, ...hosts: readonly string[]): SelfSigned {
  const files = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const names = ['IP:127.0.0.1', 'DNS:localhost', ...hosts.map((host) => `DNS:${host}`)].join(',');
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`],
      ...['-keyout', files.key, '-out', files.certificate],
    ],
    { stdio: 'pipe' },
  );
  // Servers read it under another account.
  chmodSync(files.key, 0o644);
  return files;
}
