import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STACK_IDS } from '../../lib/config/names';
import { command, ROOT, synth } from '../helpers/commands';

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'app-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const cdk = (...args: string[]) => command(ROOT, 'cdk', '--output', join(scratch, 'cdk.out'), ...args);

describe('npx cdk', () => {
  test('synthesizes what npm run synth writes', async () => {
    expect(cdk('synth', '--quiet', '-c', 'env=dev')).toMatchObject({ status: 0 });
    expect((await synth('--env', 'dev', '--out', scratch)).code).toBe(0);
    for (const id of STACK_IDS) {
      const read = (folder: string) =>
        JSON.parse(readFileSync(join(scratch, folder, `${id}.template.json`), 'utf8'));
      expect(read('cdk.out')).toEqual(read('dev/cloudformation'));
    }
  });

  test.each([
    [['-c', 'env=nope'], 'env must be one of sandbox, dev, staging, prod, got "nope"'],
    [[], 'env must be one of sandbox, dev, staging, prod, but none was given: add -c env=<name>'],
  ])('fails with the valid names on %j', (args, message) => {
    const { status, stderr } = cdk('synth', ...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('node:internal');
  });
});
