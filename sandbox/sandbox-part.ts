import type { Response, Router } from 'express';
import type { PendingReceipt } from '#sandbox/accepted-messages.ts';
import type { SandboxAccounts } from '#sandbox/accounts.ts';
import type { ProviderContract } from '#sandbox/check-contract.ts';
import type { ReceiptRequest, ReceiptSettings } from '#sandbox/sign-receipts.ts';
import type { Desk } from '#sandbox/take-message.ts';

/** The sandbox's side of one provider. */
export interface SandboxPart {
  /** The provider's name, as its messages carry it. */
  provider: string;
  /** The cut of its own description under `contracts/`, and how that is to be read; null: there is none. */
  contract: { file: string; forms?: boolean; closed?: boolean } | null;
  /** Its HTTP interface; `contract` is there where the part names one. */
  routes: (parts: {
    desk: Desk;
    accounts: SandboxAccounts;
    contract: ProviderContract | null;
  }) => Router;
  /** Its paths, and its own words for a body that cannot be read. */
  paths: RegExp;
  unreadable: (response: Response, status: number) => void;
  /** Some post many receipts at once. */
  inBatches?: true;
  /** Its post of a receipt, or of several; null where the sender asked for none. */
  post: (
    receipts: readonly [PendingReceipt, ...PendingReceipt[]],
    settings: ReceiptSettings,
  ) => ReceiptRequest | null;
}

/** @throws Error where a part that names a description is given none */
export function needed(contract: ProviderContract | null): ProviderContract {
  if (contract === null) throw new Error('a description was not loaded');
  return contract;
}
