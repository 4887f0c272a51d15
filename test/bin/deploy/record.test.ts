import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../../../bin/deploy/record/run-lock';
import { readState, stateFile, withDuration, writeState } from '../../../bin/deploy/record/run-state';
import { StackProgress } from '../../../bin/deploy/stacks/stack-progress';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the state', () => {
  const run = { stackName: 'a', isNew: true, milliseconds: 1_000.4 };

  it('is read as it was written', () => {
    const state = withDuration(readState(root, 'dev', '1'), run);
    writeState(root, 'dev', state);
    expect(readState(root, 'dev', '1')).toEqual(state);
    expect(state.durations).toEqual({ a: { create: [1_000], update: [] } });
  });

  it('begins anew in another account', () => {
    writeState(root, 'dev', withDuration(readState(root, 'dev', '1'), run));
    expect(readState(root, 'dev', '2')).toMatchObject({ account: '2', durations: {} });
  });

  it('keeps five runs of a stack', () => {
    let state = readState(root, 'dev', '1');
    for (let count = 1; count <= 7; count += 1) state = withDuration(state, { ...run, milliseconds: count });
    expect(state.durations['a']?.create).toEqual([3, 4, 5, 6, 7]);
  });

  it('that nobody can read is refused with the remedy', () => {
    writeState(root, 'dev', readState(root, 'dev', '1'));
    writeFileSync(stateFile(root, 'dev', '.json'), '{"version":2}');
    expect(() => readState(root, 'dev', '1')).toThrow(
      'delete it: nothing but durations and the last step is lost',
    );
  });
});

describe('the lock', () => {
  it('keeps a second command out, also while the CDK of a killed one runs on', () => {
    // No process has these ids.
    const lock = takeLock(root, 'dev', 2 ** 30);
    expect(() => takeLock(root, 'dev', 2 ** 30 + 1)).not.toThrow();
    const held = takeLock(root, 'dev', 2 ** 30);
    held.add(process.ppid);
    expect(() => takeLock(root, 'dev', process.pid)).toThrow(
      `another deployment of dev is running on this machine (process ${process.ppid})`,
    );
    expect(() => takeLock(root, 'prod', process.pid)).not.toThrow();
    lock.release();
    expect(existsSync(stateFile(root, 'dev', '.lock'))).toBe(false);
  });

  it('of a killed command does not hold', () => {
    takeLock(root, 'dev', process.pid);
    writeFileSync(stateFile(root, 'dev', '.lock'), '[1073741824');
    expect(() => takeLock(root, 'dev', process.pid)).not.toThrow();
  });
});

describe('the progress', () => {
  const stack = {
    ...{ id: 'Network', stackName: 'net', region: 'us-east-1', dependencies: [], isProtected: false },
    template: { Resources: { Vpc: { Type: 'AWS::EC2::VPC' }, Key: { Type: 'AWS::KMS::Key' } } },
  };
  const event = (logicalId: string, status: string, reason?: string) => ({
    ...{ stackName: 'net', logicalId, status, reason },
    type: logicalId === 'Vpc' ? 'AWS::EC2::VPC' : 'AWS::KMS::Key',
  });

  it('counts what is done, and says what is left', () => {
    let now = 0;
    const progress = new StackProgress([stack], new Set(), {}, () => now);
    expect(progress.timeLeft).toBe('about 5 min left (estimate)');
    expect(progress.lines([event('net', 'CREATE_IN_PROGRESS'), event('Vpc', 'CREATE_IN_PROGRESS')])).toEqual([
      'Network           CREATE_IN_PROGRESS; about 5 min left (estimate)',
    ]);
    now = 90_000;
    expect(progress.lines([])).toEqual([
      'waiting for Network/Vpc (AWS::EC2::VPC, 2 min); about 4 min left (estimate)',
    ]);
    expect(progress.lines([event('Vpc', 'CREATE_COMPLETE')])).toEqual([
      'Network           CREATE_COMPLETE  AWS::EC2::VPC Vpc (1 of 2)',
    ]);
    progress.lines([event('net', 'CREATE_COMPLETE')]);
    expect(progress.runs).toEqual([{ stackName: 'net', isNew: true, milliseconds: 90_000 }]);
  });

  it('keeps the failures, and not what CloudFormation cancelled because of them', () => {
    const progress = new StackProgress([stack], new Set(), {}, () => 0);
    progress.lines([
      event('Vpc', 'CREATE_FAILED', 'The maximum number of VPCs has been reached'),
      event('Key', 'CREATE_FAILED', 'Resource creation cancelled'),
    ]);
    expect(progress.failures.map(({ logicalId }) => logicalId)).toEqual(['Vpc']);
  });

  it('counts stacks without changes as done', () => {
    const progress = new StackProgress([stack], new Set(['net']), {}, () => 0);
    progress.skip('net');
    expect(progress.timeLeft).toBe('nothing is left');
    expect(progress.runs).toEqual([]);
  });
});
