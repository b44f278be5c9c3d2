/** For tests of other packages: every service of the common contract, with nothing left behind. */
import * as Layer from "effect/Layer"
import { ErrorDetail } from "./ErrorDetail.ts"
import { ErrorRegistry } from "./ErrorRegistry.ts"
import { EventBus } from "./EventBus.ts"
import { HealthRegistry } from "./HealthRegistry.ts"
import * as TemporaryDirectory from "./internal/temporaryDirectory.ts"

/**
 * A data directory below the system's temporary folder (removed when the scope closes), an error registry in memory, no
 * detailed errors.
 */
export const layerMemory = Layer.mergeAll(
  TemporaryDirectory.layer,
  ErrorDetail.layer(false),
  ErrorRegistry.layerMemory,
  EventBus.layer,
  HealthRegistry.layer
)
