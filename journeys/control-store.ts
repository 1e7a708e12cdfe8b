import type { Collections } from '#platform/mongo.ts';

/** A change of a journey's status or version, by its number. */
export interface StatusChange {
  journey: string;
  revision: number;
}

/** Which changes of status have been carried to runs and watches. */
export interface ControlStore {
  markControlled(input: StatusChange): Promise<void>;
  /** Changes that were answered but whose consequences may not have been begun. */
  uncontrolled(): Promise<StatusChange[]>;
}

export function createControlStore({ journeys }: Pick<Collections, 'journeys'>): ControlStore {
  return {
    async markControlled({ journey, revision }) {
      await journeys.updateOne({ _id: journey }, { $max: { controlled: revision } });
    },
    async uncontrolled() {
      const rows = await journeys
        .find({ $expr: { $lt: ['$controlled', '$revision'] } })
        .project<{ _id: string; revision: number }>({ revision: 1 })
        .toArray();
      return rows.map(({ _id: journey, revision }) => ({ journey, revision }));
    },
  };
}
