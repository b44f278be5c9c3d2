/** docs/errors.md: every code of the registry. */
import { ErrorCode } from "@heptad/common"

const row = ({ httpStatus, name, number, retryable }: ErrorCode.ErrorCode): string =>
  `| \`${name}\` | ${number} | ${httpStatus} | ${retryable ? "yes" : "no"} |`

export const errors = (): string =>
  `# Errors

<!-- Made by: npm run reference:fix -->

## All codes

The registry: one number, one stable name and one HTTP status per kind of failure.

| Code | Number | HTTP | Try again |
|---|---|---|---|
${ErrorCode.all.map(row).join("\n")}
`
