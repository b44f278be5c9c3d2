/** The levels in every spelling that settings and people use. */
export const levels = ["trace", "debug", "info", "warn", "warning", "error", "critical", "fatal"] as const
