import type { Priority, TaskStatus } from '#domain/task/task.ts';

/** One task for somebody of the shop; instants are epoch ms. */
export interface StoredTask {
  /** Made from run and step (domain/task/task.ts). */
  _id: string;
  runId: string;
  journey: string;
  version: number;
  step: string;
  profileId: string;
  /** The merges, by their ids, with which it came to the profile it has now, oldest first. */
  moved?: string[];
  kind: string;
  title: string;
  /** For whoever does it; may say anything of the customer. */
  note: string | null;
  queue: string | null;
  assignee: string | null;
  priority: Priority;
  /** What may be said of how it went. */
  outcomes: string[];
  status: TaskStatus;
  outcome: string | null;
  /** What whoever did it wrote. */
  remark: string | null;
  createdAt: number;
  dueAt: number;
  claimedAt: number | null;
  endedAt: number | null;
  /** When it may be deleted (TTL index); absent: never. */
  expiresAt?: Date;
}
