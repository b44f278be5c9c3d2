/**
 * For tests of packages that use the database. `TestDatabase.layer` is a real, empty database of its own on the one
 * server of the test run.
 */
export * as TestDatabase from "./internal/TestDatabase.ts"
