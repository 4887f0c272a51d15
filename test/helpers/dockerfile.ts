/** An instruction of a Dockerfile: its name in capitals, and the rest of it on one line. */
export interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** The instructions of a Dockerfile without here-documents. */
export function parseDockerfile(text: string): Instruction[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', value = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { name: name.toUpperCase(), value };
    });
}
