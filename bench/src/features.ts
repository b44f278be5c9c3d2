/** Where a side with production features shows what it did. */
import type { LineField } from "./agreed.ts"
import type { Place, Server } from "./server.ts"

export interface Features {
  /** Where each agreed field stands in a line of the access log: names of members, joined by dots. */
  readonly fields: Readonly<Record<LineField, string>>
  /** How many lines tell about one request. */
  readonly linesPerRequest: number
  readonly metrics: Metrics
  /** The same side with a limit that a short burst passes. */
  readonly limited: Server
}

export interface Metrics {
  readonly port: (place: Place) => number
  /** Name of the series that counts requests, and of the count of the histogram of latencies. */
  readonly count: string
  readonly histogram: string
  /** How the labels of `count` are named. */
  readonly method: string
  readonly status: string
}

/** The access log of every such side. */
export const logFile = (folder: string): string => `${folder}/access.log`
