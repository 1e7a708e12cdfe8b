/** An identity of somebody who was erased, by hash: what happened before does not come back. */
export interface StoredErased {
  /** See `erasedRef`. */
  _id: string;
  /** Epoch ms: what happened until then is history that nobody may bring back. */
  at: number;
  /** The latest erasure of somebody who had it. */
  erasure: string;
}

/** The erasure of one person. It names nobody: ids that lead nowhere any more, and numbers. */
export interface StoredErasure {
  _id: string;
  /** The person's profile, and those that were merged into it. */
  profiles: string[];
  /** `running` until everything of theirs is gone. */
  status: 'running' | 'completed';
  /** Epoch ms; from the first on nobody is written to or recognised. */
  requestedAt: number;
  completedAt: number | null;
  /**
   * Epoch ms at which it was looked again, once every call that was under way at `requestedAt` has
   * ended and every file then in flight was read to its end; null: that is still to come.
   */
  lookedAgainAt: number | null;
  /** Documents deleted, by collection. */
  deleted: Record<string, number>;
  /** Documents that another thing needs, from which the person was taken out, by collection. */
  cut: Record<string, number>;
  /** Executions of workflows found in Temporal, `<workflow>/<run>`; gone with them. */
  histories: string[];
  /** Hashes that stay: of addresses on the suppression list, of identities of before. */
  kept: { suppressions: number; identities: number };
  /** Keys of segments whose conditions name an address of theirs: for a human to change. */
  namedIn: string[];
  /** Ids of imports that were being read then. */
  imports: string[];
  /** The signed report, as a JWS; null: it is not done. */
  jws: string | null;
}
