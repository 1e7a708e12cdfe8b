/** What is told of a condition on the lifecycle stage: Kairos reckons no stages yet. */
export const STAGES_UNKNOWN =
  'Stages are not reckoned yet and nobody is in one: this part holds of nobody, and within "not" of everybody. Say what the stage stands for, such as { trait: last_order_at, withinLast: P90D }.';
