/** By what everything refers to the datasources. */

/** A datasource as panels, alert rules and links refer to it: by uid, so that a name may change. */
export interface DatasourceRef {
  readonly type: "loki" | "prometheus" | "tempo";
  readonly uid: string;
}

/** The three datasources; the uids are those that the chart itself gives, so that saved links stay. */
export const sources = {
  logs: { type: "loki", uid: "loki" },
  metrics: { type: "prometheus", uid: "prom" },
  traces: { type: "tempo", uid: "tempo" },
} as const satisfies Record<string, DatasourceRef>;
