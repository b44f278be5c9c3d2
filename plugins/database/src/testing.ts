/**
 * For tests of packages that use the database. `TestDatabase.layer` is a real, empty database of its own on the one
 * server of the test run. `DatabaseContractSuite` is what a layer must pass that keeps the contract by other means.
 */
export * as DatabaseContractSuite from "./internal/contract/suite.ts"
export * as TestDatabase from "./internal/TestDatabase.ts"
