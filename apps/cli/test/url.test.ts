import { expect, it } from "vitest"
import { url } from "../src/start/screen/url.ts"

it.each([
  [undefined, "off"],
  [{ host: "127.0.0.1", port: 9090 }, "http://127.0.0.1:9090/health"],
  [{ host: "0.0.0.0", port: 9090 }, "http://127.0.0.1:9090/health"],
  [{ host: "::", port: 9090 }, "http://[::1]:9090/health"],
  [{ host: "fd00::7", port: 9090 }, "http://[fd00::7]:9090/health"]
])("shows an address as a URL that opens: %j", (address, expected) => {
  expect(url(address, "/health")).toBe(expected)
})
