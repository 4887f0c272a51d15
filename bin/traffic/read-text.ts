import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { UsageError } from '../cli/command';

/** Largest file, and largest content of a gzip file: two years of minutes in one column, which take about 1.3 GB of memory. */
const MAX_MEBIBYTES = 32;
const MAX_BYTES = MAX_MEBIBYTES * 2 ** 20;

const TOO_LARGE = `is larger than ${MAX_MEBIBYTES} MiB; export fewer columns, a shorter time or a wider step`;

/** First bytes of files that are not text. */
const GZIP = [0x1f, 0x8b];
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const UTF_16 = [
  [0xff, 0xfe],
  [0xfe, 0xff],
];

/**
 * The text of a file in UTF-8, without its byte order mark; a gzip file is recognized by its first bytes.
 * @throws UsageError on a file that cannot be read, is too large, or is no text in UTF-8
 */
export function readText(path: string): string {
  const bytes = unzipped(path, readBytes(path));
  if (bytes.length === 0) throw new UsageError(`${path} is empty`);
  if (startsWith(bytes, ZIP)) {
    throw new UsageError(`${path} is a ZIP archive or an Excel workbook; save it as CSV in UTF-8`);
  }
  if (UTF_16.some((mark) => startsWith(bytes, mark))) {
    throw new UsageError(`${path} is text in UTF-16; convert it: iconv -f UTF-16 -t UTF-8 ${path}`);
  }
  if (bytes.subarray(0, 4096).includes(0)) {
    throw new UsageError(`${path} is no text; save it as CSV or JSON in UTF-8`);
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

function readBytes(path: string): Buffer {
  try {
    if (statSync(path).size > MAX_BYTES) throw new UsageError(`${path} ${TOO_LARGE}`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
}

function unzipped(path: string, bytes: Buffer): Buffer {
  if (!startsWith(bytes, GZIP)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    const tooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new UsageError(
      tooLarge ? `${path} ${TOO_LARGE}` : `${path} is a damaged gzip file; export it again`,
      { cause },
    );
  }
}

function startsWith(bytes: Buffer, first: readonly number[]): boolean {
  return first.every((byte, index) => bytes[index] === byte);
}
