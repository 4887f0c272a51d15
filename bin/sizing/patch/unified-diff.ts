/** Lines around a change that a patch shows. */
const CONTEXT = 3;

interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * The difference of two texts as `git apply` and `patch -p1` take it; empty where they are the same.
 * @param path of the file, from the root of the repository
 */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const lines = compare(before.split('\n').slice(0, -1), after.split('\n').slice(0, -1));
  return [`--- a/${path}`, `+++ b/${path}`, ...hunks(lines), ''].join('\n');
}

/** Longest common subsequence by its table: the file has some hundreds of lines. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] as number;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ sign: ' ', text: before[i] as string });
      i += 1;
      j += 1;
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: before[i] as string });
      i += 1;
    } else {
      lines.push({ sign: '+', text: after[j] as string });
      j += 1;
    }
  }
  return lines;
}

/** Changes that are at most two contexts apart share a hunk. */
function hunks(lines: readonly Line[]): string[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== ' '),
  );
  const result: string[] = [];
  let [oldLine, newLine] = [1, 1];
  for (let index = 0; index < lines.length; ) {
    const end = near[index] ? near.indexOf(false, index) : near.indexOf(true, index);
    const part = lines.slice(index, end < 0 ? lines.length : end);
    const [removed, added] = [countOf(part, '+'), countOf(part, '-')];
    if (near[index]) {
      result.push(
        `@@ -${oldLine},${removed} +${newLine},${added} @@`,
        ...part.map(({ sign, text }) => sign + text),
      );
    }
    oldLine += removed;
    newLine += added;
    index += part.length;
  }
  return result;
}

/** Lines of a part without those of the other side. */
function countOf(part: readonly Line[], other: Line['sign']): number {
  return part.filter(({ sign }) => sign !== other).length;
}
