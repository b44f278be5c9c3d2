import { describe, it } from "@effect/vitest"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect } from "vitest"
import { builtAddress, locate } from "../src/internal/NodeModules.ts"

describe("module of a task", () => {
  it("has the ending that the compiler gives it", () => {
    const built = (text: string) => builtAddress(new URL(text))?.href
    expect(built("file:///app/dist/internal/render.ts")).toBe("file:///app/dist/internal/render.js")
    expect(built("file:///app/dist/render.mts")).toBe("file:///app/dist/render.mjs")
    expect(built("file:///app/dist/render.cts")).toBe("file:///app/dist/render.cjs")
    expect(built("file:///app/dist/render.tsx")).toBe("file:///app/dist/render.js")
    expect(built("file:///app/my%20app/render.ts?v=1")).toBe("file:///app/my%20app/render.js?v=1")
    expect(built("file:///app/dist/render.js")).toBe(undefined)
  })

  it("is the source where there is one, the built file where there is only that, and as written otherwise", () => {
    const folder = mkdtempSync(join(tmpdir(), "heptad-thread-"))
    try {
      const at = (name: string) => pathToFileURL(join(folder, name))
      for (const name of ["source.ts", "source.js", "built.js"]) writeFileSync(join(folder, name), "")
      expect(locate(at("source.ts")).href).toBe(at("source.ts").href)
      expect(locate(at("built.ts")).href).toBe(at("built.js").href)
      expect(locate(at("neither.ts")).href).toBe(at("neither.ts").href)
      expect(locate(new URL("data:text/javascript,1")).href).toBe("data:text/javascript,1")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
