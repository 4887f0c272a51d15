import type { CallAccounts, CallEnd, CallStart } from '../gateway/ledger/call-record';

/**
 * The ledger of a server that may never listen, such as one whose routes are only described: its journal is opened when
 * the server starts, or at the first call.
 */
export class OpenedLedger implements CallAccounts {
  private opened: CallAccounts | undefined;

  /** @param openLedger opens the journal; it throws where the folder cannot be used */
  constructor(private readonly openLedger: () => CallAccounts) {}

  get unsettled(): number {
    return this.opened?.unsettled ?? 0;
  }

  get journalBytes(): number {
    return this.opened?.journalBytes ?? 0;
  }

  /** Opens the journal now. @throws Error where the folder cannot be used */
  open(): CallAccounts {
    this.opened ??= this.openLedger();
    return this.opened;
  }

  run(): void {
    this.open().run();
  }

  start(start: CallStart): Promise<void> {
    return this.open().start(start);
  }

  checkRoom(): void {
    this.open().checkRoom();
  }

  end(end: CallEnd): void {
    this.open().end(end);
  }

  async close(deadlineMs: number): Promise<void> {
    await this.opened?.close(deadlineMs);
  }
}
