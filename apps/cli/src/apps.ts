/** The prebuilt apps that `heptad start` knows. */
import { layer as monolith } from "@heptad/monolith"

export const apps = { monolith } as const
