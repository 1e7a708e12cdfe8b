import type { WholeKairos } from './whole-kairos.ts';

export interface SegmentReply {
  key: string;
  size: number | null;
  status: string;
  progress: number;
  kept: boolean;
  warnings?: { pointer: string; detail: string }[];
}

export interface SegmentDesk {
  define: (key: string, body: object) => Promise<SegmentReply>;
  /** Once its filling is done. */
  live: (key: string) => Promise<SegmentReply>;
  segmentsOf: (identity: string) => Promise<string[]>;
  isIn: (identity: string, key: string, wanted?: boolean) => Promise<void>;
  count: (body: object) => Promise<{ count: number; exact: boolean; sample: object[] }>;
  /** The segments somebody is in, with what `more` says of the request in hand. */
  decide: (identity: string, more?: object) => Promise<string[]>;
}

/** What tests do with segments by the API; `kairos` is asked for when it is needed. */
export function segmentDesk(kairos: () => WholeKairos): SegmentDesk {
  async function segmentsOf(identity: string): Promise<string[]> {
    const route = `/v1/profiles/${encodeURIComponent(identity)}/segments`;
    const { data } = await kairos().call<{ data: { key: string }[] }>('GET', route);
    return data.map(({ key }) => key);
  }
  return {
    define: (key, body) => kairos().call('PUT', `/v1/segments/${key}`, { name: key, ...body }),
    live: (key) =>
      kairos().until(`the filling of ${key}`, async () => {
        const segment = await kairos().call<SegmentReply>('GET', `/v1/segments/${key}`);
        return segment.status === 'live' ? segment : null;
      }),
    segmentsOf,
    async isIn(identity, key, wanted = true) {
      await kairos().until(`${identity} ${wanted ? 'in' : 'out of'} ${key}`, async () => {
        return (await segmentsOf(identity)).includes(key) === wanted ? true : null;
      });
    },
    count: (body) => kairos().call('POST', '/v1/segments/count', body),
    async decide(identity, more = {}) {
      const { segments } = await kairos().call<{ segments: string[] }>(
        'POST',
        '/v1/decisions/segments',
        { identity, ...more },
      );
      return segments;
    },
  };
}
