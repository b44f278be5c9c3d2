/** The argument that names a prebuilt app. */
import * as Argument from "effect/cli/Argument"
import { appNames } from "./apps.ts"

/** Optional, because settings can name the plugins themselves. */
export const app = Argument.Literals("app", appNames).pipe(
  Argument.withDescription("The app; without one the settings name the plugins under deployment.systems"),
  Argument.optional
)
