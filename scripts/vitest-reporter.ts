/** Prints one plain line after vitest's own report, for people and programs that look for it: `123 passed, 0 failed`. */
import type { Reporter, TestModule } from "vitest/node"

type Report = Required<Pick<Reporter, "onTestRunEnd">>

/** A file that could not be loaded and an error outside any test count as failures. */
export const passedAndFailed: Report = {
  onTestRunEnd: (modules: ReadonlyArray<TestModule>, unhandled) => {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandled.length
    const count = (state: string): number => states.filter((each) => each === state).length
    console.log(`${count("passed")} passed, ${count("failed") + broken} failed`)
  }
}
