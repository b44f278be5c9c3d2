/** Which side of ours stands beside which peer, and what an issue asks of that pair. Pure. */
import type { Server } from "./server.ts"
import * as servers from "./servers.ts"
import { echo, hello, type Work } from "./works.ts"

/** Everybody whom `--only` may name. */
export const sides = {
  raw: servers.raw,
  fastify: servers.fastify,
  hono: servers.hono,
  nest: servers.nest,
  effect: servers.effect,
  "fastify-standard": servers.fastifyStandard,
  "fastify-lean": servers.fastifyLean,
  "effect-features": servers.effectFeatures,
  ours: servers.ours,
  "ours-bare": servers.oursBare,
  "ours-features": servers.oursFeatures
}

export const works = { hello, echo }

export interface Comparison {
  readonly side: Server
  readonly peer: Server
  /** Behind the name of the work. */
  readonly label: string
  /** Least speed over the peer, by work. */
  readonly goals?: ReadonlyMap<Work, number>
  /** Compare the 99th percentile of latency too, at saturation and at half load: at most the peer's. */
  readonly latency?: boolean
}

const goals = (ofHello: number, ofEcho: number) => new Map([[hello, ofHello], [echo, ofEcho]])

const features = { side: servers.oursFeatures, label: "features" }
const bare = { side: servers.oursBare, label: "bare" }
const defaults = { side: servers.ours, label: "defaults" }

const all: ReadonlyArray<Comparison> = [
  { ...features, peer: servers.fastifyStandard, goals: goals(3, 2.3), latency: true },
  { ...features, peer: servers.fastifyLean },
  { ...features, peer: servers.effectFeatures },
  { ...features, peer: servers.raw, goals: goals(0.6, 0.6) },
  { ...bare, peer: servers.raw, goals: goals(0.95, 0.9) },
  { ...bare, peer: servers.fastify, goals: goals(1.1, 1.1) },
  { ...bare, peer: servers.hono },
  { ...bare, peer: servers.nest },
  { ...bare, peer: servers.effect },
  { ...defaults, peer: servers.raw },
  { ...defaults, peer: servers.fastify }
]

/** Those of which both sides take part, and each side of ours beside its own state before. */
export const comparisonsOf = (
  taking: ReadonlyArray<Server>,
  before: ReadonlyMap<Server, Server>
): ReadonlyArray<Comparison> => [
  ...all.filter(({ peer, side }) => taking.includes(side) && taking.includes(peer)),
  ...[features, bare, defaults].flatMap((ours) => {
    const peer = before.get(ours.side)
    return peer === undefined ? [] : [{ ...ours, peer }]
  })
]
