import { Deployment } from "@heptad/common"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { advise } from "../src/internal/deploymentAdvice.ts"

const GB = 1024 ** 3

const messages = (resources: unknown, heapLimit: number) =>
  advise(Schema.decodeUnknownSync(Deployment)({ resources }), [], heapLimit).map(({ message }) => message)

it("says where the heap may grow beyond what one instance is given", () => {
  expect(messages({ memory: "2GB" }, 4 * GB)).toEqual([
    "deployment.resources.memory is 2048 MB, but the heap may grow to 4096 MB: the instance would be ended before. Start Node with --max-old-space-size=1536"
  ])
})

it("says nothing where it fits, or where nobody wrote it", () => {
  expect(messages({ memory: "8GB" }, 4 * GB)).toEqual([])
  expect(messages({}, 64 * GB)).toEqual([])
})
