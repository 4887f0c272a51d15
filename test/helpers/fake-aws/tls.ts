import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../certificates';

/** Certificate and key of a fake AWS, PEM; the certificate is its own authority. */
export interface FakeTls {
  readonly cert: string;
  readonly key: string;
}

export function makeTls(): FakeTls {
  const folder = mkdtempSync(join(tmpdir(), 'fake-aws-'));
  try {
    const { certificate, key } = selfSigned(folder, 'aws');
    return { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
