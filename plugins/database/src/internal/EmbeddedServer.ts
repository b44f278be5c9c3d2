/** The embedded server as a service: where it is, for processes that cannot run one each. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { DatabaseConfig } from "../config.ts"
import { embedded } from "./layer.ts"
import type { Target } from "./PgSession.ts"

export class EmbeddedServer extends Context.Service<EmbeddedServer, Target>()(
  "@heptad/database/internal/EmbeddedServer"
) {}

/** Runs until the scope closes. */
export const layer = (config: DatabaseConfig) => Layer.effect(EmbeddedServer, embedded(config))
