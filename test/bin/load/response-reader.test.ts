import fc from 'fast-check';
import { ResponseError, ResponseReader } from '../../../bin/load/client/response-reader';

const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Cache: hit\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '5\r\nhello\r\nB;name=value\r\n, 1234567\u00fc\r\n0\r\nX-End: 1\r\n\r\n';

/** Reads an answer that comes in pieces; the buffer of a piece is overwritten after it. */
function read(text: string, cuts: readonly number[] = []) {
  const reader = new ResponseReader();
  reader.begin(true);
  const bytes = Buffer.from(text);
  const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length)])].sort((a, b) => a - b);
  let complete = false;
  for (const [index, from] of places.entries()) {
    const piece = Buffer.from(bytes.subarray(from, places[index + 1]));
    complete = reader.push(piece);
    piece.fill('#');
  }
  return { complete, status: reader.status, body: reader.text, reusable: reader.isReusable };
}

test.each([
  ['a length', PLAIN, 200, 'hello'],
  ['chunks, an extension and a trailer', CHUNKED, 200, 'hello, 1234567ü'],
  ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
  ['a length of 0', 'HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n', 201, ''],
  ['an interim answer before it', `HTTP/1.1 100 Continue\r\n\r\n${PLAIN}`, 200, 'hello'],
])('an answer with %s is read, wherever the network cuts it', (_, text, status, body) => {
  const expected = { complete: true, status, body, reusable: true };
  expect(read(text)).toEqual(expected);
  fc.assert(
    fc.property(fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 8 }), (cuts) => {
      expect(read(text, cuts)).toEqual(expected);
    }),
  );
});

test.each([
  ['in its head', PLAIN.slice(0, 20)],
  ['in its body', PLAIN.slice(0, -1)],
  ['before its last chunk', CHUNKED.slice(0, -14)],
  ['in its trailers', CHUNKED.slice(0, -2)],
])('an answer that ends %s is not complete', (_, text) => {
  expect(read(text).complete).toBe(false);
});

test('an answer without a length ends with its connection, which is not used again', () => {
  const reader = new ResponseReader();
  reader.begin(true);
  expect(reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nall of it'))).toBe(false);
  expect(reader.end()).toBe(true);
  expect([reader.text, reader.isReusable]).toEqual(['all of it', false]);
});

test('an answer with a length that the connection cuts is not complete', () => {
  const reader = new ResponseReader();
  reader.begin(false);
  reader.push(Buffer.from(PLAIN.slice(0, -1)));
  expect(reader.end()).toBe(false);
});

test('a connection that the server closes after the answer is not used again', () => {
  expect(read(PLAIN.replace('X-Cache: hit', 'Connection: close'))).toMatchObject({
    complete: true,
    reusable: false,
  });
});

test('answers follow each other, each with its own headers', () => {
  const reader = new ResponseReader();
  reader.begin(false);
  expect(reader.push(Buffer.from(PLAIN))).toBe(true);
  expect([reader.headers['x-cache'], reader.text]).toEqual(['hit', '']);
  reader.begin(true);
  expect(reader.push(Buffer.from(CHUNKED))).toBe(true);
  expect([reader.headers['x-cache'], reader.text]).toEqual([undefined, 'hello, 1234567ü']);
});

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a size of a chunk that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ['more than the answer', `${PLAIN}!`],
  ['headers without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`],
])('fails on %s', (_, text) => {
  expect(() => read(text)).toThrow(ResponseError);
});
