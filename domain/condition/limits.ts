/** How often something must have happened, both ends included. */
export interface Limits {
  atLeast: number;
  atMost: number;
}

export function within(count: number, { atLeast, atMost }: Limits): boolean {
  return count >= atLeast && count <= atMost;
}
