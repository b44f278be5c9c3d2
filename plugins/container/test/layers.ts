/** The codecs with given settings, as the kernel would build them. */
import { ContainerPlugin } from "@heptad/container/plugin"
import { Kernel } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import * as Layer from "effect/Layer"

export const codecs = (container: Readonly<Record<string, unknown>> = {}) =>
  Layer.provide(Kernel.layer([ContainerPlugin]), settings({ container }))
