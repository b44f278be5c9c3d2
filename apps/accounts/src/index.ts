/** The public face of accounts: its tables, for tools that manage them. The contract that it keeps is network's. */
export { migrations } from "./migrations.ts"
