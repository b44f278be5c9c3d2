/** The sides of a comparison and how each is started. */
import * as paths from "./paths.ts"
import type { Server } from "./server.ts"

const firstPath = "/"

const peer = (name: string, file: string): Server => ({
  name,
  firstPath,
  args: ({ port }) => [paths.peer(file), String(port)]
})

export const raw = peer("raw node:http", "raw")
export const fastify = peer("fastify", "fastify")
export const hono = peer("hono", "hono")
export const nest = peer("NestJS on fastify", "nest")
export const effect = peer("Effect HttpRouter", "effect")

/** The packages of the repository from source, as `npm start` runs them. */
const heptad = (name: string, file: string, ...switches: ReadonlyArray<string>): Server => ({
  name,
  firstPath,
  args: ({ folder, port }) => ["--conditions=source", paths.peer(file), String(port), folder, ...switches]
})

export const ours = heptad("heptad", "heptad")
export const oursBare = heptad("heptad (access log off)", "heptad", "bare")
export const oursWithoutControl = heptad("heptad (control plane off)", "heptad", "no-control")
/** The same program of another checkout, with the packages of that checkout. */
export const oursBefore = (folder: string): Server => ({
  name: "heptad before",
  firstPath,
  args: (place) => ["--conditions=source", paths.peerOf(folder, "heptad"), String(place.port), place.folder]
})

export const byHand = heptad("the same Layers by hand", "byHand")

/** `npm start` with its own data directory and ports: PostgreSQL, all plugins, the sample domain. */
export const monolith: Server = {
  name: "heptad monolith",
  firstPath: "/openapi.json",
  args: () => ["--conditions=source", paths.cli, "start", "monolith", "--config", "config/development.yaml"],
  env: ({ folder, port }) => ({
    HEPTAD_DATA_DIR: folder,
    NETWORK_PORT: String(port),
    MONITORING_HEALTH_PORT: "0",
    MONITORING_PROMETHEUS_PORT: "0"
  })
}
