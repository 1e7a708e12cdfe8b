import type { Plan } from './plan.ts';

/** A plan that changes nothing, for whatever changes little. */
export const NO_CHANGES: Omit<Plan, 'at'> = {
  profiles: [],
  orders: [],
  runs: [],
  merges: [],
  receipts: [],
  addressRefusals: [],
  applied: [],
  refused: [],
  told: [],
};
